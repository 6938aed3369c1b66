"""When the user of a view of the desktop has typed, pointed or pasted there last."""

from __future__ import annotations

import time
from collections.abc import Callable

from colabwidget.desktops.rfb.view_only import (
    CUT_TEXT,
    KEY_EVENT,
    POINTER_EVENT,
    QEMU,
    QEMU_KEY,
    UnknownMessage,
    message_size,
)

# Of a PointerEvent's mask: one more byte follows, with extended mouse buttons.
_EXTENDED = 0x80


class InputWatch:
    """Looks at what a viewer sends, and changes nothing of it.

    Parameters
    ----------
    clock
        Returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held = bytearray()
        self._passing = 0  # bytes that are still to come of a message whose kind is known
        self._acted_at: float | None = clock()

    @property
    def idle(self) -> float | None:
        """Seconds since the last input, else since the beginning; ``None`` if that is unknown."""
        return None if self._acted_at is None else self._clock() - self._acted_at

    def feed(self, data: bytes) -> bytes:
        """Take note of what a viewer has sent after its ClientInit, and return it.

        Parameters
        ----------
        data
            Bytes as they came; messages may be cut anywhere.
        """
        if self._acted_at is not None:
            self._held += data
            try:
                self._look()
            except UnknownMessage:
                self._acted_at = None  # what follows cannot be told from input
                self._held.clear()
        return data

    def _look(self) -> None:
        while True:
            passed = min(self._passing, len(self._held))
            del self._held[:passed]
            self._passing -= passed
            if self._passing or not (size := _size(self._held)):
                return
            if _is_input(self._held):
                self._acted_at = self._clock()
            self._passing = size


def _size(held: bytearray) -> int:
    size = message_size(held)
    if size and held[0] == POINTER_EVENT:
        return size + bool(held[1] & _EXTENDED) if len(held) > 1 else 0
    return size


def _is_input(held: bytearray) -> bool:
    if held[0] == QEMU:
        return held[1] == QEMU_KEY  # the others are about sound
    return held[0] in (KEY_EVENT, POINTER_EVENT, CUT_TEXT)
