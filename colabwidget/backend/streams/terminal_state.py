"""What escape sequences have set in a terminal, read off the bytes that a shell has printed."""

from __future__ import annotations

import re
from typing import Final

# All that a program sets once, and that is lost with its bytes: modes of xterm (DECSET) and of
# ECMA-48, cursor style, keypad, character set, scroll region, title; and what resets them.
_SETS = re.compile(
    rb"\x1b(?:\[(?P<private>\??)(?P<modes>[\d;]{1,60})(?P<state>[hl])"
    rb"|(?P<style>\[\d{0,2} q)"
    rb"|(?P<keypad>[=>])"
    rb"|(?P<charset>\([0-9A-Z])"
    rb"|(?P<region>\[[\d;]{0,12}r)"
    rb"|\][02];(?P<title>[^\x00-\x1f]{0,1000})(?:\x07|\x1b\\)"
    rb"|(?P<soft>\[!p)"
    rb"|(?P<reset>c))"
)
_LOOK = re.compile(rb"\x1b\[[\d;:]*m")  # colours and the like, which add up
_PLAIN = re.compile(rb"\x1b\[0?(;|m)")
_LOOKS_MAX = 20
_LOOKS_IN = 4096  # bytes before the end: what prints colours resets them all the time
_MODES_MAX = 100
#: Bytes that a sequence may be long.
LONGEST: Final = 1100
# Modes of the alternate screen: a program on it draws all of it again when its size changes.
_ALTERNATE = (b"47", b"1047", b"1049")
# What a soft reset (DECSTR) resets: the cursor, its keys, origin, wrapping, insertion.
_SOFT = (b"?25", b"?1", b"?6", b"?7", b"4")


class TerminalState:
    """What is set in a terminal that has drawn some bytes."""

    def __init__(self) -> None:
        # Sequences by what they set; the last one set comes last, also where all are set again.
        self._kept: dict[bytes, bytes] = {}
        self._looks: list[bytes] = []
        self._title = b""

    def on_alternate_screen_after(self, data: bytes | bytearray) -> bool:
        """Tell whether a program has the screen to itself once it has printed some bytes."""
        later = TerminalState()
        later._kept = dict(self._kept)
        later.take(data)
        return any(later._kept.get(b"?" + mode, b"").endswith(b"h") for mode in _ALTERNATE)

    def take(self, data: bytes | bytearray, until: int | None = None) -> None:
        """Note what the bytes set that come next.

        Parameters
        ----------
        data
            The bytes.
        until
            Where to stop; a sequence that begins before is read to its end.
        """
        end = len(data) if until is None else until
        first = max(end - _LOOKS_IN, 0)
        for found in _SETS.finditer(data):
            if found.start() >= end:
                break
            self._note(found)
            if found["reset"] or found["soft"]:
                self._looks.clear()
                first = max(first, found.end())
        for found in _LOOK.finditer(data, first, end):
            if _PLAIN.match(found[0]):
                self._looks.clear()
            self._looks.append(found[0])
            del self._looks[:-_LOOKS_MAX]

    def sequences(self) -> bytes:
        """Return what sets all of it in a terminal that was reset."""
        title = b"\x1b]0;%b\x07" % self._title if self._title else b""
        return b"".join((*self._kept.values(), title, *self._looks))

    def _note(self, found: re.Match[bytes]) -> None:
        if found["state"]:
            for mode in found["modes"].split(b";"):
                name = found["private"] + mode
                self._keep(name, b"\x1b[%b%b" % (name, found["state"]))
        elif found["title"] is not None:
            self._title = found["title"]
        elif found["reset"]:
            self._kept.clear()
        elif found["soft"]:
            for name in (*_SOFT, b"style", b"keypad", b"charset", b"region"):
                self._kept.pop(name, None)
        else:
            self._keep((found.lastgroup or "").encode(), found[0])

    def _keep(self, name: bytes, sequence: bytes) -> None:
        self._kept.pop(name, None)
        self._kept[name] = sequence
        while len(self._kept) > _MODES_MAX:
            del self._kept[next(iter(self._kept))]
