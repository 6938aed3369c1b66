"""A program that covers an X display and paints what a test asks for.

It speaks the X protocol itself (https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html),
so that nothing but this file decides what is on the screen, and how often it changes.

``still``
    Four quarters, each of one colour. Each key gives the square in the middle its other colour.
``scroll``
    A page of text-like rows that moves up by a row sixty times a second.
``load``
    Pictures like a film's, all of the screen, as fast as the server takes them.

``heard`` is answered with the keysyms that were pressed since, and the places that were clicked;
``copy`` puts the rest of the line into the clipboard.
"""

from __future__ import annotations

import json
import os
import random
import re
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUARTERS = ((200, 40, 60), (40, 160, 80), (50, 80, 190), (230, 190, 60))
SQUARE = ((20, 20, 20), (240, 240, 240))
SIDE = 200  # of the square
RATE = 60  # rows a second
_ROW = 16
_REQUEST_MAX = 4 * 65_535 - 64  # bytes
_PICTURES = 6
_KEY_PRESS, _BUTTON_PRESS, _SELECTION_REQUEST = 2, 4, 30
_SHIFT = 1
_ATOM, _STRING = 4, 31  # of those that every server knows


class Display:
    """A connection to an X server, with one window over all of its screen."""

    def __init__(self, display: int, authority: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(f"/tmp/.X11-unix/X{display}")
        key = authority.read_bytes()[-16:]
        kind = b"MIT-MAGIC-COOKIE-1"
        self._socket.sendall(
            struct.pack("<cxHHHHxx", b"l", 11, 0, len(kind), 16) + kind + b"\0\0" + key
        )
        head = self._read(8)
        assert head[0] == 1, "the X server does not let us in"
        setup = self._read(4 * struct.unpack("<H", head[6:])[0])
        self._id = struct.unpack_from("<I", setup, 4)[0]
        vendor, formats = struct.unpack_from("<H", setup, 16)[0], setup[21]
        screen = 32 + (vendor + 3) // 4 * 4 + 8 * formats
        root, self.width, self.height = struct.unpack_from("<I16xHH", setup, screen)
        self._depth = setup[screen + 38]
        self._window, self._context = self._id, self._id + 1
        self.keys = 0
        self._kinds: dict[int, tuple[int, int, bytes]] = {}
        self._came: list[bytes] = []
        # Override-redirect, with KeyPress and ButtonPress: no window manager has a say in it.
        self._request(1, 0, struct.pack("<IIhhHHHHI", self._window, root, 0, 0, self.width,
                                        self.height, 0, 1, 0) + struct.pack("<III", 0xA00, 1, 5),
                      )  # fmt: skip
        self._request(8, 0, struct.pack("<I", self._window))
        # No GraphicsExposure events.
        self._request(55, 0, struct.pack("<IIII", self._context, self._window, 0x10000, 0))
        self._request(31, 1, struct.pack("<IIBBxx", self._window, 0, 1, 1))  # GrabKeyboard
        self.wait()

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def fill(self, colour: tuple[int, int, int], *places: tuple[int, int, int, int]) -> None:
        red, green, blue = colour
        pixel = red << 16 | green << 8 | blue
        self._request(56, 0, struct.pack("<III", self._context, 4, pixel))
        rectangles = b"".join(struct.pack("<hhHH", *place) for place in places)
        self._request(70, 0, struct.pack("<II", self._window, self._context) + rectangles)

    def move_up(self, rows: int) -> None:
        window, height = self._window, self.height - rows
        self._request(62, 0, struct.pack("<IIIhhhhHH", window, window, self._context, 0, rows,
                                         0, 0, self.width, height))  # fmt: skip

    def put(self, picture: bytes, width: int, height: int) -> None:
        row = 4 * width
        rows = _REQUEST_MAX // row
        for top in range(0, height, rows):
            strip = picture[top * row : (top + rows) * row]
            head = struct.pack("<IIHHhhBB2x", self._window, self._context, width,
                               len(strip) // row, 0, top, 0, self._depth)  # fmt: skip
            self._request(72, 2, head + strip)

    def wait(self) -> None:
        """Everything so far is done: GetInputFocus is answered."""
        self._request(43, 0, b"")
        while self._event()[0] != 1:
            pass

    def take_events(self) -> None:
        while select.select([self], [], [], 0)[0]:
            self._event()

    def _event(self) -> bytes:
        event = self._read(32)
        assert event[0] != 0, f"X error {event[1]} of request {event[10]}"
        if event[0] == 1:  # a reply, whose further words count too
            event += self._read(4 * struct.unpack_from("<I", event, 4)[0])
        elif event[0] & 0x7F in (_KEY_PRESS, _BUTTON_PRESS):
            self.keys += event[0] & 0x7F == _KEY_PRESS
            self._came.append(event)
        elif event[0] & 0x7F == _SELECTION_REQUEST:
            self._hand_over(*struct.unpack_from("<IIII", event, 12), when=event[4:8])
        return event

    def copy(self, text: bytes) -> None:
        """Have the clipboard: SetSelectionOwner."""
        names = (b"TARGETS", b"UTF8_STRING", b"CLIPBOARD")
        targets, text_kind, clipboard = map(self._atom, names)
        kinds = struct.pack("<II", text_kind, _STRING)
        self._kinds = {targets: (_ATOM, 32, kinds)}
        self._kinds |= {kind: (kind, 8, text) for kind in (text_kind, _STRING)}
        self._request(22, 0, struct.pack("<III", self._window, clipboard, 0))
        self.wait()

    def _hand_over(self, asking: int, what: int, kind: int, place: int, *, when: bytes) -> None:
        """Give the clipboard to who asks for it, or say as what it can be had (ICCCM, 2.2)."""
        if found := self._kinds.get(kind):  # ChangeProperty
            form, width, data = found
            head = struct.pack("<IIIBxxxI", asking, place, form, width, len(data) * 8 // width)
            self._request(18, 0, head + data)
        place = place if found else 0
        notify = struct.pack("<BxH4sIIII8x", 31, 0, when, asking, what, kind, place)
        self._request(25, 0, struct.pack("<II", asking, 0) + notify)  # SendEvent

    def _atom(self, name: bytes) -> int:
        self._request(16, 0, struct.pack("<Hxx", len(name)) + name)
        while (answer := self._event())[0] != 1:
            pass
        return int(struct.unpack_from("<I", answer, 8)[0])

    def heard(self) -> list[list[int]]:
        """What was pressed since: keysyms, or buttons with their places."""
        self.take_events()
        came, self._came = self._came, []
        return [
            [self._keysym(event)]
            if event[0] & 0x7F == _KEY_PRESS
            else [event[1], *struct.unpack_from("<hh", event, 24)]
            for event in came
        ]

    def _keysym(self, event: bytes) -> int:
        """What the key means to the server, with Shift or without."""
        self._request(101, 0, struct.pack("<BBxx", event[1], 1))  # GetKeyboardMapping
        while (answer := self._event())[0] != 1:
            pass
        shifted = event[28] & _SHIFT if answer[1] > 1 else 0
        return int(struct.unpack_from("<I", answer, 32 + 4 * shifted)[0])

    def _request(self, code: int, detail: int, body: bytes) -> None:
        body += bytes(-len(body) % 4)
        self._socket.sendall(struct.pack("<BBH", code, detail, 1 + len(body) // 4) + body)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise SystemExit  # the display has ended
            data += part
        return bytes(data)


def still(display: Display) -> None:
    x, y = display.width // 2, display.height // 2
    corners = ((0, 0), (x, 0), (0, y), (x, y))
    for colour, (left, top) in zip(QUARTERS, corners, strict=True):
        display.fill(colour, (left, top, display.width - left, display.height - top))
    square(display)


def square(display: Display) -> None:
    place = (display.width - SIDE) // 2, (display.height - SIDE) // 2, SIDE, SIDE
    display.fill(SQUARE[display.keys % 2], place)
    display.wait()


def scroll(display: Display, chance: random.Random) -> None:
    """A row more, of words in dark grey on white."""
    display.move_up(_ROW)
    top = display.height - _ROW
    display.fill((255, 255, 255), (0, top, display.width, _ROW))
    words, left = [], 8
    while left < display.width - 80:
        width = chance.randint(6, 60)
        words.append((left, top + 4, width, 9))
        left += width + 8
    display.fill((60, 60, 60), *words)
    display.wait()


def film(width: int, height: int) -> list[bytes]:
    """Smooth pictures without a repetition: small noise, made large."""
    import numpy

    chance = numpy.random.default_rng(1)
    pictures = []
    for _ in range(_PICTURES):
        small = chance.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3)).astype("float32")
        for axis, size in ((0, height), (1, width)):
            place = numpy.arange(size) / 8
            low = place.astype(int)
            shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
            part = (place - low).astype("float32").reshape(shape)
            small = small.take(low, axis) * (1 - part) + small.take(low + 1, axis) * part
        picture = numpy.zeros((height, width, 4), "uint8")
        picture[..., :3] = small
        pictures.append(picture.tobytes())
    return pictures


def main(number: str, authority: str) -> None:
    display = Display(int(number), Path(authority))
    chance = random.Random(1)
    mode, turn, pictures, due = "still", 0, [], time.monotonic()
    still(display)
    print("ready", flush=True)
    while True:
        pause = {"scroll": max(0.0, due - time.monotonic()), "load": 0.0}.get(mode)
        ready, _, _ = select.select([sys.stdin, display], [], [], pause)
        if sys.stdin in ready:
            word = os.read(0, 100).decode().strip()
            if not word:
                return
            if word == "heard":
                print(json.dumps(display.heard()), flush=True)
                continue
            if word.startswith("copy "):
                display.copy(word[5:].encode())
                print("copied", flush=True)
                continue
            mode = word
            if mode == "still":
                still(display)
            elif mode == "scroll":
                display.fill((255, 255, 255), (0, 0, display.width, display.height))
            pictures = film(display.width, display.height) if mode == "load" else []
            due = time.monotonic()
            print(mode, flush=True)
        if display in ready:
            before = display.keys
            display.take_events()
            if mode == "still" and display.keys != before:
                square(display)
        if mode == "scroll" and time.monotonic() >= due:
            scroll(display, chance)
            due = max(due + 1 / RATE, time.monotonic() - 0.1)
        elif mode == "load":
            display.put(pictures[turn % len(pictures)], display.width, display.height)
            display.wait()
            turn += 1


class Painter:
    """That program, on the desktop of a backend."""

    def __init__(self, backend: int) -> None:
        display, authority = display_of(backend)
        self._process = subprocess.Popen(
            [sys.executable, __file__, display, authority],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear("ready")

    def show(self, mode: str) -> None:
        """It has begun to paint that."""
        self._tell(mode)
        self._hear(mode)

    def heard(self) -> list[list[int]]:
        """What was pressed since it was last asked: keysyms, or buttons with their places."""
        self._tell("heard")
        assert self._process.stdout
        found: list[list[int]] = json.loads(self._process.stdout.readline())
        return found

    def copy(self, text: str) -> None:
        """It has the clipboard, with that text."""
        self._tell(f"copy {text}")
        self._hear("copied")

    def _tell(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _hear(self, word: str) -> None:
        assert self._process.stdout
        heard = self._process.stdout.readline().strip()
        assert heard == word, f"the painter has ended with {self._process.poll()}"


@contextmanager
def painting(backend: int | None) -> Iterator[Painter]:
    assert backend, "no backend runs"
    painter = Painter(backend)
    try:
        yield painter
    finally:
        painter.end()


def display_of(backend: int) -> tuple[str, str]:
    """The number of the display that a backend has started, and the file with its key."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode().split("\0")
            display = next(filter(None, (re.fullmatch(r":(\d+)", word) for word in words)), None)
            if display and "-auth" in words and _is_below(int(entry.parent.name), backend):
                return display[1], words[words.index("-auth") + 1]
        except OSError:
            continue
    raise LookupError("the backend has no X server")


def _is_below(pid: int, ancestor: int) -> bool:
    while pid not in (ancestor, 0):
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rpartition(")")[2].split()[1])
    return pid == ancestor


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
