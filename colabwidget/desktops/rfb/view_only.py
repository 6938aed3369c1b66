"""What a viewer that only watches may say to a VNC server: RFC 6143 and its registered extensions.

The filter does no I/O. It takes what a viewer sends after its ClientInit, in pieces of any size,
and gives what the server may get: whole messages only, so that the server never reads one that
begins inside of another.
"""

from __future__ import annotations

import struct

_SET_PIXEL_FORMAT, _SET_ENCODINGS, _UPDATE_REQUEST = 0, 2, 3
KEY_EVENT, POINTER_EVENT, CUT_TEXT = 4, 5, 6
_CONTINUOUS_UPDATES, _FENCE = 150, 248
_XVP, _SET_DESKTOP_SIZE, _GII, QEMU = 250, 251, 253, 255
QEMU_KEY, _QEMU_AUDIO, _QEMU_AUDIO_FORMAT = 0, 1, 2

_PASSED = {_SET_PIXEL_FORMAT, _SET_ENCODINGS, _UPDATE_REQUEST, _CONTINUOUS_UPDATES, _FENCE}
#: Bytes of the messages that always have the same number.
_FIXED = {
    _SET_PIXEL_FORMAT: 20,
    _UPDATE_REQUEST: 10,
    KEY_EVENT: 8,
    POINTER_EVENT: 6,
    _CONTINUOUS_UPDATES: 10,
    _XVP: 4,
}
#: Bytes of the others, up to what tells how many follow.
_HEAD = {_SET_ENCODINGS: 4, CUT_TEXT: 8, _FENCE: 9, _SET_DESKTOP_SIZE: 8, _GII: 4, QEMU: 4}
_FENCE_MAX = 64  # bytes, as the extension has it
# Pseudo-encodings by which a viewer learns of other ways to type, to point and to copy. A server
# that hears of one may take other messages, or longer ones: a PointerEvent has 7 bytes then.
_OF_INPUT = {
    -257,  # QEMU: motion of the pointer
    -258,  # QEMU: extended key events
    -259,  # QEMU: audio
    -305,  # General Input Interface
    -309,  # xvp: shut down, reboot
    -316,  # extended mouse buttons
    struct.unpack(">i", b"\xc0\xa1\xe5\xce")[0],  # extended clipboard
}


class UnknownMessage(ValueError):
    """A viewer sent what is no message; what follows cannot be told from input."""


class ViewOnlyFilter:
    """Lets the messages through by which a viewer looks, and drops those of input.

    Through come SetPixelFormat, SetEncodings without what belongs to input,
    FramebufferUpdateRequest, EnableContinuousUpdates and Fence. Keys, the pointer, the clipboard
    (also the extended one), the desktop's size, xvp, QEMU's and GII's events are dropped. It holds
    one message at most (256 KiB), and nothing of one that it drops.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._dropping = 0  # bytes that are still to come of a message that is dropped
        self._is_lost = False

    def feed(self, data: bytes) -> bytes:
        """Return what the server may get of what a viewer has sent.

        Parameters
        ----------
        data
            Bytes as they came; messages may be cut anywhere.

        Raises
        ------
        UnknownMessage
            For what is no known message. The connection has to end: each later call raises it too.
        """
        if self._is_lost:
            raise UnknownMessage("the viewer sent an unknown message before")
        self._held += data
        passed = bytearray()
        try:
            while self._drop() and (size := message_size(self._held)):
                if self._held[0] not in _PASSED:
                    self._dropping = size
                elif len(self._held) >= size:
                    passed += _without_input(self._held[:size])
                    del self._held[:size]
                else:
                    break
        except UnknownMessage:
            self._is_lost = True
            self._held.clear()
            raise
        return bytes(passed)

    def _drop(self) -> bool:
        """Drop what has come of a message to drop; tell whether all of it has."""
        dropped = min(self._dropping, len(self._held))
        del self._held[:dropped]
        self._dropping -= dropped
        return not self._dropping


def message_size(held: bytearray) -> int:
    """Return the bytes of the message that begins here; 0 where too few have come to tell.

    Parameters
    ----------
    held
        What a viewer has sent, from the beginning of a message on.

    Raises
    ------
    UnknownMessage
        Where none begins here that is known.
    """
    if not held:
        return 0
    kind = held[0]
    if kind in _FIXED:
        return _FIXED[kind]
    if kind not in _HEAD:
        raise UnknownMessage(f"the viewer sent a message of the unknown type {kind}")
    head = _HEAD[kind]
    if len(held) < head:
        return 0
    if kind == _SET_ENCODINGS:
        return head + 4 * _number(">H", held, 2)
    if kind == CUT_TEXT:
        return head + abs(_number(">i", held, 4))  # below 0: the extended clipboard
    if kind == _SET_DESKTOP_SIZE:
        return head + 16 * held[6]
    if kind == _GII:
        return head + _number(">H" if held[1] & 0x80 else "<H", held, 2)
    if kind == QEMU:
        return _qemu_size(held)
    if held[8] > _FENCE_MAX:
        raise UnknownMessage(f"the viewer sent a fence of {held[8]} bytes")
    return head + held[8]


def _qemu_size(held: bytearray) -> int:
    if held[1] == QEMU_KEY:
        return 12
    if held[1] == _QEMU_AUDIO:
        return 10 if _number(">H", held, 2) == _QEMU_AUDIO_FORMAT else 4
    raise UnknownMessage(f"the viewer sent a QEMU message of the unknown type {held[1]}")


def _without_input(message: bytearray) -> bytes:
    """Return a message as it is, but SetEncodings without those that belong to input."""
    if message[0] != _SET_ENCODINGS:
        return bytes(message)
    return set_encodings([kind for kind in encodings(message) if kind not in _OF_INPUT])


def encodings(message: bytearray | bytes) -> list[int]:
    """Return the encodings that a whole SetEncodings asks for."""
    count = _number(">H", message, 2)
    return [*struct.unpack_from(f">{count}i", message, 4)]


def set_encodings(kinds: list[int]) -> bytes:
    """Return a SetEncodings that asks for these encodings."""
    return struct.pack(f">BxH{len(kinds)}i", _SET_ENCODINGS, len(kinds), *kinds)


def _number(kind: str, data: bytearray | bytes, at: int) -> int:
    return int(struct.unpack_from(kind, data, at)[0])
