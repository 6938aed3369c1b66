"""How much of a film is under way on lines of several kinds."""

from __future__ import annotations

from collections import deque

import pytest

from colabwidget.backend.streams.film.pace import Pace


class Line:
    """Carries so many bytes a second, and is so long; the page answers each mark."""

    def __init__(self, rate: float, way: float) -> None:
        self.pace = Pace()
        self.rate, self.way = rate, way
        self.now = 10.0
        self.pace.begin(self.now)
        self.free_at = 0.0
        self.coming: deque[tuple[float, int]] = deque()
        self.late: list[float] = []

    def film(self, seconds: float, picture: int | None = None, each: float = 1 / 30) -> int:
        """Send pictures where there is room, as large as the cap has them; return how many."""
        sent, changes, end = 0, 0, self.now + seconds
        while self.now < end:
            self.now += each
            while self.coming and self.coming[0][0] <= self.now:
                at, mark = self.coming.popleft()
                self.pace.drawn(mark, at)
            if not self.pace.may_send(self.now):
                continue
            size = picture or self.pace.cap * 125 // 30
            self.free_at = max(self.free_at, self.now) + size / self.rate
            self.late.append(self.free_at + self.way / 2 - self.now)
            sent += 1
            if (mark_ := self.pace.send(size, self.now)) is not None:
                self.coming.append((self.free_at + self.way, mark_))
            changes += self.pace.adapt(self.now)
        assert changes <= seconds / 3 + 1
        return sent


def test_a_good_line_carries_each_picture_with_few_marks() -> None:
    line = Line(10_000_000, 0.04)
    assert line.film(10, 9000) >= 298
    assert max(line.late) < 0.1
    assert line.pace.cap == 6000


@pytest.mark.parametrize("rate", [125_000, 60_000, 625_000])
def test_on_a_slow_line_pictures_come_soon_at_a_rate_that_fits(rate: int) -> None:
    line = Line(rate, 0.08)
    line.film(15)
    line.late.clear()
    assert line.film(10) >= 40
    assert sorted(line.late)[len(line.late) * 9 // 10] < 1
    assert line.pace.cap * 125 < 2.1 * rate
    caps = set()
    for _ in range(60):
        line.film(1)
        caps.add(line.pace.cap)
    assert len(caps) <= 4  # each of them is another encoder


def test_a_page_that_is_busy_gets_pictures_all_the_same() -> None:
    line = Line(10_000_000, 0.005)
    line.film(5, 9000)
    line.way = 0.3
    line.film(10, 9000)
    assert line.film(10, 9000) >= 200
    assert line.pace.cap == 6000


@pytest.mark.parametrize("pause", [0.0, 0.15, 0.4])
def test_a_page_that_draws_fewer_pictures_than_come_shows_none_late(pause: float) -> None:
    pace, now, late, waiting = Pace(), 10.0, [], deque[tuple[float, int | None]]()
    pace.begin(now)
    draws = room = 0.0
    for step in range(60 * 20):
        now += 1 / 60
        room = min(room + 37 / 60, 37 * (pause + 0.1))
        if now >= draws + pause:
            draws = now
            while waiting and room >= 1:
                sent_at, mark = waiting.popleft()
                room -= 1
                if step > 300:
                    late.append(now - sent_at)
                if mark is not None:
                    pace.drawn(mark, now)
        if pace.may_send(now):
            waiting.append((now, pace.send(9000, now)))
    assert len(late) > 25 * 15
    assert sorted(late)[len(late) * 9 // 10] < 0.5 + pause


def test_a_line_that_gets_better_is_used() -> None:
    line = Line(60_000, 0.08)
    line.film(15)
    line.rate = 5_000_000
    line.film(60)
    assert line.pace.cap > 3000


def test_a_page_that_answers_nothing_is_silent_and_gets_no_more() -> None:
    pace = Pace()
    now = 1.0
    while pace.may_send(now):
        pace.send(9000, now)
        now += 1 / 30
    assert not pace.is_silent(now)
    assert pace.is_silent(now + 4)
    assert not pace.may_send(now + 3)


def test_answers_that_were_not_asked_for_count_nothing() -> None:
    pace = Pace()
    mark = pace.send(9000, 1.0)
    assert mark is not None
    for number in (mark + 1, 0, mark, mark):
        pace.drawn(number, 1.1)
    assert pace.way == pytest.approx(0.1)


def test_a_film_on_a_line_that_is_full_waits_and_fits_it_from_its_first_picture() -> None:
    pace, now, answers = Pace(), 10.0, deque[tuple[float, int]]()
    free_at = now
    # A second of pictures of the server's, on a line that takes six for them.
    for _ in range(10):
        now += 0.1
        free_at = max(free_at, now) + 75_000 / 125_000
        if (mark := pace.pass_on(75_000, now)) is not None:
            answers.append((free_at + 0.08, mark))
        while answers and answers[0][0] <= now:
            pace.drawn(answers.popleft()[1], now)
    pace.begin(now)
    assert 600 <= pace.cap <= 800
    silent, began = False, now
    while not pace.may_send(now):
        now += 0.05
        while answers and answers[0][0] <= now:
            pace.drawn(answers.popleft()[1], now)
        silent |= pace.is_silent(now)
    assert not silent
    assert 3 < now - began < 6


def test_what_is_typed_is_not_marked() -> None:
    pace = Pace()
    assert [pace.pass_on(300, 10 + number / 10) for number in range(50)] == [None] * 50


def test_marks_that_are_not_answered_do_not_pile_up() -> None:
    pace = Pace()
    marks = [pace.pass_on(100_000, 10 + number / 10) for number in range(1000)]
    assert sum(mark is not None for mark in marks) == 100


def test_bytes_that_no_mark_tells_of_are_marked_before_a_film_waits_for_them() -> None:
    pace = Pace()
    first = pace.pass_on(2_000_000, 10.0)
    assert first is not None
    assert pace.pass_on(2_000_000, 10.01) is None
    assert pace.mark_rest(10.02) is None  # one is on its way
    pace.drawn(first, 10.1)
    assert not pace.may_send(10.1)
    rest = pace.mark_rest(10.1)
    assert rest is not None
    pace.drawn(rest, 10.2)
    assert pace.may_send(10.2)
    assert pace.mark_rest(10.3) is None
