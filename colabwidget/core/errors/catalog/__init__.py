"""What a user is told of each failure: what happened, why, and what to do.

Texts may hold ``{fields}`` that the place which raises the error fills in; they must never be
secrets. A tunnel brings texts of its own (`register`).
"""

from __future__ import annotations

from collections.abc import Mapping

from colabwidget.core.errors.catalog.access import DRIVE, KEYS
from colabwidget.core.errors.catalog.desktop import DESKTOP
from colabwidget.core.errors.catalog.invitations import INVITATIONS
from colabwidget.core.errors.catalog.machine import MACHINE
from colabwidget.core.errors.catalog.options import OPTIONS
from colabwidget.core.errors.catalog.session import SESSION
from colabwidget.core.errors.catalog.tunnels import TUNNEL
from colabwidget.core.errors.text import ErrorText

#: Under headings that people look for.
GROUPS: dict[str, dict[str, ErrorText]] = {}
#: By code.
ERRORS: dict[str, ErrorText] = {}


def register(heading: str, texts: Mapping[str, ErrorText]) -> None:
    """Add texts to the table.

    Parameters
    ----------
    heading
        That of the page on troubleshooting under which they stand.
    texts
        By code.

    Raises
    ------
    ValueError
        For a code that the table has with another text.
    """
    for code, text in texts.items():
        if ERRORS.get(code, text) != text:
            raise ValueError(f"there is an error {code} already")
    GROUPS.setdefault(heading, {}).update(texts)
    ERRORS.update(texts)


for _heading, _texts in (
    ("What you asked for", OPTIONS),
    ("Public keys", KEYS),
    ("The session and the backend", SESSION),
    ("Invitations", INVITATIONS),
    ("This machine", MACHINE),
    ("Google Drive", DRIVE),
    ("The desktop", DESKTOP),
    ("The tunnel", TUNNEL),
):
    register(_heading, _texts)
