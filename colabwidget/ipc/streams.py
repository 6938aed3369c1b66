"""The Unix socket of the streams: a line of JSON each way, then raw bytes.

The client's line is one of the requests below, with its ``type``. The backend's line is an
`Answer`; after one without an error the bytes of the stream follow, if it has any.
"""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from colabwidget.core import codec
from colabwidget.core.errors import ErrorInfo

LINE_MAX = 64 * 1024  # bytes, the newline among them


@dataclass
class OpenShell:
    """Follow the shell of that name, which is started unless it runs.

    ``columns`` and ``rows`` are the size of the page's terminal; 0 where it is not known. ``view``
    names the view to `AnswerShell`.
    """

    type: ClassVar[str] = "shell"
    name: str
    environment: dict[str, Any]
    columns: int = 0
    rows: int = 0
    view: str = ""


@dataclass
class AnswerShell:
    """What a view's terminal answers by itself to what a program has asked. No bytes follow.

    Of all views of a shell, one answers: the others' answers are left out.
    """

    type: ClassVar[str] = "answer"
    name: str
    view: str
    text: str


@dataclass
class ResizeShell:
    """Give the terminal of a shell another size. No bytes follow."""

    type: ClassVar[str] = "resize"
    name: str
    columns: int = 0
    rows: int = 0


@dataclass
class ClearShell:
    """Clear the screens of a shell's views but for the row of the cursor. No bytes follow."""

    type: ClassVar[str] = "clear"
    name: str
    row: int


@dataclass
class EndShell:
    """End a shell, with all that runs in it. No bytes follow."""

    type: ClassVar[str] = "end"
    name: str


@dataclass
class OpenDesktop:
    """See the desktop of the session, as a VNC server that asks for no password."""

    type: ClassVar[str] = "desktop"


@dataclass
class SetDensity:
    """Have the desktop drawn for a screen with so many per cent of a usual one's pixels.

    No bytes follow.
    """

    type: ClassVar[str] = "density"
    percent: int


@dataclass
class OpenSound:
    """Hear the desktop of the session; see `colabwidget.ipc.sound`.

    ``install`` tells that what sound needs may be installed.
    """

    type: ClassVar[str] = "sound"
    install: bool = False


@dataclass
class OpenFiles:
    """Move files between a page and the session's folder, in frames.

    See `colabwidget.backend.files.frames`. ``job`` names a transfer: a second stream of that name
    ends the first.
    """

    type: ClassVar[str] = "files"
    job: str
    environment: dict[str, Any]


Request: TypeAlias = (
    OpenShell
    | AnswerShell
    | ResizeShell
    | ClearShell
    | EndShell
    | OpenDesktop
    | SetDensity
    | OpenSound
    | OpenFiles
)

_REQUESTS: dict[str, type[Request]] = {
    kind.type: kind
    for kind in (
        OpenShell,
        AnswerShell,
        ResizeShell,
        ClearShell,
        EndShell,
        OpenDesktop,
        SetDensity,
        OpenSound,
        OpenFiles,
    )
}


@dataclass
class ShellSize:
    """The size of a shell's terminal from a byte of the stream on."""

    at: int
    columns: int
    rows: int


@dataclass
class Answer:
    """The backend's answer to a request.

    ``old`` is the number of the first bytes that are a repetition: a view draws them without
    answering what they ask, at the ``sizes`` at which they were printed.
    """

    error: ErrorInfo | None = None
    old: int = 0
    sizes: list[ShellSize] = field(default_factory=list)


def encode_request(request: Request) -> bytes:
    """Return a request as one line."""
    return _line({"type": request.type, **codec.encode(request)})


def decode_request(line: bytes) -> Request:
    """Return the request that a line holds.

    Raises
    ------
    ValueError
        For anything that is not one.
    """
    values = _values(line)
    kind = _REQUESTS.get(str(values.pop("type", None))) if isinstance(values, dict) else None
    if kind is None:
        raise ValueError("no request")
    return codec.decode(kind, values)


def encode_answer(answer: Answer) -> bytes:
    """Return an answer as one line."""
    return _line(codec.encode(answer))


def decode_answer(line: bytes) -> Answer:
    """Return the answer that a line holds.

    Raises
    ------
    ValueError
        For anything that is not one.
    """
    return codec.decode(Answer, _values(line))


def _values(line: bytes) -> Any:
    try:
        return json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values).encode() + b"\n"
