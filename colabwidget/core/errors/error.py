"""Every failure that a user can meet.

A failure is recognised where it happens and raised as `ColabWidgetError` with a code of
`ERRORS`; nothing else ever reaches a user.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypedDict

from colabwidget.core.errors.catalog import ERRORS
from colabwidget.core.errors.text import ErrorText
from colabwidget.core.printable import spelled_out


class Offer(TypedDict):
    """Another way that is open after an error: options that can be set at once."""

    title: str
    options: dict[str, str]


class ErrorInfo(TypedDict):
    """An error as it travels to the page, the command line and the journal.

    ``copy`` is a text that the remedy needs, such as a line for a file; else empty.
    """

    code: str
    title: str
    cause: str
    remedy: str
    link: str
    field: str
    copy: str
    offers: list[Offer]


class ColabWidgetError(Exception):
    """A failure that a user can understand.

    Parameters
    ----------
    code
        A key of `ERRORS`.
    copy, offers
        As in `ErrorInfo`.
    **fields
        What the texts of that code leave open. Never a secret.

    Attributes
    ----------
    info : ErrorInfo
        Code and texts, ready to be shown.
    """

    def __init__(
        self, code: str, *, copy: str = "", offers: Sequence[Offer] = (), **fields: object
    ) -> None:
        text = ERRORS[code]
        self.info: ErrorInfo = {
            "code": code,
            "title": _filled(text.title, fields),
            "cause": _filled(text.cause, fields),
            "remedy": _filled(text.remedy, fields),
            "link": _filled(text.link, fields),
            "field": _filled(text.field, fields),
            "copy": copy,
            "offers": [*offers],
        }
        super().__init__(f"{self.info['title']} {self.info['cause']} {self.info['remedy']}")

    @property
    def code(self) -> str:
        """The key in `ERRORS`."""
        return self.info["code"]

    @property
    def text(self) -> ErrorText:
        """The entry in `ERRORS`, of the process that has raised the error: it has them all."""
        return ERRORS[self.code]

    @classmethod
    def from_info(cls, info: ErrorInfo) -> "ColabWidgetError":
        """Make the error again that another process has met."""
        error = cls("internal", reason="")
        error.info = info
        error.args = (f"{info['title']} {info['cause']} {info['remedy']}",)
        return error

    def hide(self, redact: Callable[[str], str]) -> None:
        """Let `redact` take secrets out of all that is told: programs repeat what they are given.

        Parameters
        ----------
        redact
            Returns a text without them.
        """
        info = self.info
        for name in ("title", "cause", "remedy", "link", "copy"):
            info[name] = redact(info[name])
        self.args = (f"{info['title']} {info['cause']} {info['remedy']}",)

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the three sentences and no traceback."""
        lines = [self.info["title"], self.info["cause"], self.info["remedy"]]
        return [line for line in [*lines, self.info["link"]] if line]


def _filled(text: str, fields: dict[str, object]) -> str:
    # str.format would trip over braces in what programs say, so values go in literally, at once.
    filled = re.sub(r"\{(\w+)\}", lambda gap: str(fields.get(gap.group(1), gap.group(0))), text)
    return spelled_out(filled)
