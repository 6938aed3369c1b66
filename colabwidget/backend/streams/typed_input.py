"""What a guest has typed, without what the guest's terminal says by itself.

A program may ask a terminal things: where the cursor is, what its colours and its title are. Each
terminal that shows the program's output answers, as if its user had typed the answer. Of a shell
that several people see, the owner's terminal answers. Of a guest's bytes, only what keys and
pasting send is passed on: a list of what is let through, so that no new kind of answer gets in.
"""

from __future__ import annotations

from typing import Literal

_ESC = 0x1B
# What begins a sequence, as the byte behind ESC, and as one byte of its own (ECMA-48, C1).
_BEGINS = {0x5B: "csi", 0x4F: "ss3", 0x50: "text", 0x58: "text", 0x5D: "text"}
_BEGINS |= {0x5E: "text", 0x5F: "text"}
# ETX is for a user who has typed Alt and ]. The C1 control is left out: characters have its byte.
_ENDS_TEXT = frozenset(b"\x03\x07\x18\x1a")
# Last bytes of what keys send: arrows and the like, F1 to F4, back-tab, others, kitty's.
_CSI_KEYS = frozenset(b"ABCDEFHPQSZ~u")
_SS3_KEYS = frozenset(b"ABCDEFHIMPQRSXjklmnopqrstuvwxy ")
_LONGEST = 32  # bytes of a sequence that a key sends
_MOUSE = 3  # bytes that follow CSI M

_Place = Literal["ground", "escape", "csi", "console", "ss3", "text", "text escape", "mouse"]


class TypedInput:
    """Reads a guest's bytes, in pieces that may be cut anywhere."""

    def __init__(self) -> None:
        self._place: _Place = "ground"
        self._sequence = bytearray()
        self._follow = 0  # bytes of a character, or of the mouse, that are still to come

    @property
    def waits(self) -> bool:
        """Whether the last byte was an ESC, which may be a key or begin more; see `flush`."""
        return self._place == "escape"

    def flush(self) -> bytes:
        """Return the ESC that nothing has followed: it was the key."""
        if not self.waits:
            return b""
        self._place = "ground"
        return b"\x1b"

    def take(self, data: bytes) -> bytes:
        """Return what of these bytes was typed or pasted."""
        kept = bytearray()
        for byte in data:
            kept += self._next(byte)
        return bytes(kept)

    def _next(self, byte: int) -> bytes:
        place = self._place
        if place == "ground":
            return self._in_ground(byte)
        if place == "escape":
            return self._after_escape(byte)
        if place == "text escape":
            self._place = "ground" if byte == 0x5C else "text"
        elif place == "text":
            if byte == _ESC:
                self._place = "text escape"
            elif byte in _ENDS_TEXT:
                self._place = "ground"
        elif place == "mouse":
            self._follow -= 1
            if not self._follow:
                self._place = "ground"
        elif byte < 0x20:  # no key sends that inside of a sequence: it is a key of its own
            self._place = "ground"
            return self._in_ground(byte)
        elif place == "csi":
            return self._in_csi(byte)
        else:
            self._place = "ground"
            known = b"ABCDE" if place == "console" else _SS3_KEYS
            before = b"\x1b[[" if place == "console" else b"\x1bO"
            return before + bytes([byte]) if byte in known else b""
        return b""

    def _in_ground(self, byte: int) -> bytes:
        if self._follow and 0x80 <= byte < 0xC0:
            self._follow -= 1
            if self._sequence == b"\xc2" and byte < 0xA0:  # a C1 control as UTF-8
                self._sequence.clear()
                self._begin(byte - 0x40)
                return b""
            before, self._sequence = bytes(self._sequence), bytearray()
            return before + bytes([byte])
        self._sequence.clear()
        self._follow = 0
        if byte == _ESC:
            self._place = "escape"
        elif 0x80 <= byte < 0xA0:
            self._begin(byte - 0x40)
        elif byte == 0xC2:
            self._sequence += b"\xc2"
            self._follow = 1
        else:
            if byte > 0xC2:
                self._follow = 1 + (byte >= 0xE0) + (byte >= 0xF0)
            return bytes([byte])
        return b""

    def _begin(self, byte: int) -> None:
        self._sequence.clear()
        self._place = _BEGINS.get(byte, "ground")  # type: ignore[assignment]

    def _after_escape(self, byte: int) -> bytes:
        if byte in _BEGINS:
            self._begin(byte)
            return b""
        if byte == _ESC:
            return b"\x1b"
        self._place = "ground"
        return b"\x1b" + self._in_ground(byte) if byte < 0x80 else self._in_ground(byte)

    def _in_csi(self, byte: int) -> bytes:
        if byte == 0x5B and not self._sequence:
            self._place = "console"  # F1 to F5 of Linux' own console
            return b""
        if len(self._sequence) <= _LONGEST:
            self._sequence.append(byte)
        if not 0x40 <= byte <= 0x7E:
            return b""
        said, self._sequence = bytes(self._sequence), bytearray()
        self._place = "ground"
        if said == b"M":
            self._place, self._follow = "mouse", _MOUSE
            return b""
        is_key = len(said) <= _LONGEST and byte in _CSI_KEYS
        # Answers have a mark in front or in between; what keys send has numbers only.
        return b"\x1b[" + said if is_key and not said[:-1].strip(b"0123456789;:") else b""
