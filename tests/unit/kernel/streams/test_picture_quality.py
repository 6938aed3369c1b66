"""Pictures of a desktop fit the line to its page: how many, of which quality, and good in the end.

A server and a line of made-up time: what is asked for is answered as TigerVNC 1.12 was seen to.
"""

from __future__ import annotations

import struct
from collections import deque

import pytest

from colabwidget.kernel.streams.rfb_pacing import FramePacer
from tests.kit.clock import Clock

GREETING = b"RFB 003.008\n\x01\x01"
WIDTH, HEIGHT = 1280, 800
WANTED = struct.pack(">BBHHHH", 3, 1, 0, 0, WIDTH, HEIGHT)
WHOLE = struct.pack(">BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT)
OWN = 6
#: Bytes of a picture of 640x368 by its quality.
SIZES = {6: 45_000, 4: 25_000, 2: 17_000, 0: 11_000}
STEP = 0.002  # seconds
ACKNOWLEDGED_LATE = 0.1


def encodings(quality: int) -> bytes:
    return struct.pack(">BxH4i", 2, 4, 7, 0, -32 + quality, -254)


class Line:
    """A page behind a line, which draws what comes, and a server whose desktop shows a film."""

    def __init__(self, megabits: float, round_trip: float = 0.08) -> None:
        self.clock = Clock()
        self.pacer = FramePacer(self.clock)
        self.rate = megabits * 1e6 / 8
        self.way = round_trip / 2
        self.quality = OWN
        self.moves = False
        #: Seconds by which the pictures that came were late, and when each came.
        self.late: list[tuple[float, float]] = []
        #: Rows of pictures that were asked for whatever has changed, with the time.
        self.strips: list[tuple[float, int, int]] = []
        self._free_at = 0.0
        self._under_way = 0
        self._acks: deque[tuple[float, int, float]] = deque()
        self._asked, self._next_at = False, 0.0  # a picture, and when there is a new one
        self._told(self.pacer.filter_input(GREETING + encodings(OWN) + WHOLE)[len(GREETING) :])

    def run(self, seconds: float) -> None:
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.advance(STEP)
            now = self.clock.now
            while self._acks and self._acks[0][0] <= now:
                _, size, sent = self._acks.popleft()
                self._under_way -= size
                self.pacer.on_acknowledged(size, now - sent)
            if self.moves and self._asked and now >= self._next_at:
                self._asked, self._next_at = False, now + 0.03
                self._send(SIZES[self.quality])
            self._told(self.pacer.next_request(self._under_way, False)[0])

    def _told(self, data: bytes) -> None:
        while data:
            if data[0] == 2:
                length = 4 + 4 * struct.unpack_from(">H", data, 2)[0]
                kinds = struct.unpack_from(f">{length // 4 - 1}i", data, 4)
                self.quality = next(kind + 32 for kind in kinds if -32 <= kind <= -23)
            else:
                length = 10
                incremental, _, top, _, height = struct.unpack_from(">xBHHHH", data)
                if not incremental:
                    self.strips.append((self.clock.now, top, top + height))
                    self._send(SIZES[self.quality] * height // HEIGHT)
                else:
                    self._asked = True
            data = data[length:]

    def _send(self, size: int) -> None:
        now = self.clock.now
        self.pacer.on_output(size)
        self._under_way += size
        self._free_at = max(self._free_at, now) + size / self.rate
        came = self._free_at + self.way
        self.late.append((came, came - now))
        self._acks.append((came + self.way + ACKNOWLEDGED_LATE, size, now))


@pytest.mark.parametrize(("megabits", "most"), [(1.0, 0), (2.0, 4), (20.0, OWN)])
def test_a_film_is_of_the_quality_that_the_line_carries(megabits: float, most: int) -> None:
    line = Line(megabits)
    line.run(1)
    line.moves = True
    line.run(8)
    assert line.quality <= most
    assert line.quality == OWN or megabits < 20
    end = line.clock.now
    last = [late for came, late in line.late if end - 4 < came <= end]
    assert len(last) >= 16, len(last)  # four a second
    assert max(last) < 1.0


def test_what_moved_is_good_again_soon_after_its_end() -> None:
    line = Line(1.0)
    line.moves = True
    line.run(8)
    assert line.quality == 0
    line.moves, end, line.strips = False, line.clock.now, []
    line.run(3)
    assert line.quality == OWN
    assert line.strips[0][0] - end < 0.7  # what is under way has come first
    rows = {row for _, top, bottom in line.strips for row in range(top, bottom)}
    assert rows == set(range(HEIGHT))
    # No strip keeps a key's pixels waiting for long.
    assert len(line.strips) > 1
    assert max(late for came, late in line.late if came > end + 1) < 0.6


def test_a_window_that_opens_costs_no_quality() -> None:
    line = Line(1.0)
    line.run(3)
    line.moves = True
    line.run(0.04)
    line.moves = False
    line.run(3)
    assert line.quality == OWN
    assert len(line.strips) == 1  # the first picture


def test_what_moves_again_and_again_is_not_made_good_each_time() -> None:
    line = Line(1.0)
    for _ in range(6):
        line.moves = True
        line.run(2)
        line.moves = False
        line.run(0.7)
    few = len({round(at, 1) for at, *_ in line.strips if at > 8})
    line.run(4)
    assert few < 12
    assert line.quality == OWN


def test_a_page_that_asks_for_no_quality_is_given_none() -> None:
    clock = Clock()
    pacer = FramePacer(clock)
    said = struct.pack(">BxH2i", 2, 2, 7, 0)
    assert pacer.filter_input(GREETING + said + WHOLE) == GREETING + said + WHOLE
    for _ in range(20):
        pacer.on_output(300_000)
        clock.advance(3)
        pacer.on_acknowledged(300_000, 3.0)
        asked, _ = pacer.next_request(0, False)
        assert asked == WANTED
