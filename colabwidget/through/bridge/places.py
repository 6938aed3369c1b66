"""The places of a notebook's server that a page asks for: what the ways need, and nothing else."""

from __future__ import annotations

import re

_NAME = r"[A-Za-z0-9_-]{1,100}"
_ASKED = {
    "GET": rf"api/(status|terminals|kernelspecs|sessions(/{_NAME})?)",
    "POST": r"api/(terminals|sessions)",
    "DELETE": rf"api/(terminals|sessions)/{_NAME}",
}
_OPENED = (
    r"colabwidget/through\?socket=[A-Za-z0-9._~%-]{1,1000}"
    rf"|terminals/websocket/{_NAME}"
    rf"|api/kernels/{_NAME}/channels\?session_id=[0-9a-f]{{32}}"
)


def may_ask(method: str, place: str) -> bool:
    """Tell whether a request is one of a way's; ``place`` is below the base_url."""
    return method in _ASKED and re.fullmatch(_ASKED[method], place) is not None


def may_open(place: str) -> bool:
    """Tell whether a WebSocket is one of a way's; ``place`` is below the base_url."""
    return re.fullmatch(_OPENED, place) is not None
