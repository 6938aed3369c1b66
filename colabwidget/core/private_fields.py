"""Fields of the card's messages that travel beside the message: in a buffer of bytes.

What carries the messages of a notebook may log their content: with logging at DEBUG, the package
``comm`` prints each into the cell's output, which is saved with the notebook. Of a buffer it prints
where it is in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

#: By the type of the message. A key may be a private one that was pasted by mistake.
PRIVATE_FIELDS: dict[str, tuple[str, ...]] = {
    "connect": ("token", "public_key"),
    "invite": ("key",),
    "details": ("details",),
}
#: Types of the kernel's messages that hold secrets. Every client of a kernel receives all that it
#: sends, so these are sealed for the view that asks; see `colabwidget.kernel.outbox`.
FOR_ONE_VIEW = ("details",)
_BYTES_MAX = 1 << 20


def split_private(content: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Return a message without its private fields, and the buffer that holds these, if any."""
    if isinstance(data := content.get("data"), bytes):  # sealed
        return {name: value for name, value in content.items() if name != "data"}, [data]
    names = PRIVATE_FIELDS.get(content["type"], ())
    private = {name: content[name] for name in names if name in content}
    if not private:
        return content, []
    public = {name: value for name, value in content.items() if name not in private}
    return public, [json.dumps(private).encode()]


def join_private(content: object, buffers: Iterable[Any] | None) -> object:
    """Return a message with the private fields that its buffers hold.

    A private field that stands in the message itself is left out, so that nothing comes to rely on
    it. Buffers that cannot be read bring nothing.
    """
    kind = content.get("type") if isinstance(content, dict) else None
    names = PRIVATE_FIELDS.get(kind, ()) if isinstance(kind, str) else ()
    if not names or not isinstance(content, dict):
        return content
    private: object = {}
    try:
        data = b"".join(bytes(buffer) for buffer in buffers or [])
        private = json.loads(data) if 0 < len(data) <= _BYTES_MAX else {}
    except (ValueError, TypeError, RecursionError):
        pass
    found = private if isinstance(private, dict) else {}
    public = {name: value for name, value in content.items() if name not in names}
    return public | {name: found[name] for name in names if name in found}
