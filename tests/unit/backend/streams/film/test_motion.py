"""What on a screen is a film."""

from __future__ import annotations

import itertools

import pytest

from colabwidget.backend.streams.film.motion import Motion
from colabwidget.desktops.damage import INTERVAL, Rectangle

ALL = Rectangle(0, 0, 1280, 800)
WINDOW = Rectangle(330, 200, 640, 368)
TILES = Rectangle(320, 192, 704, 384)  # those of the window


class Screen:
    """Changes, and is looked at as the desktop's is."""

    def __init__(self, width: int = 1280, height: int = 800) -> None:
        self.motion = Motion()
        self.motion.resize(width, height)
        self.now = 100.0

    def run(self, seconds: float, *changes: Rectangle, every: int = 1) -> list[Rectangle | None]:
        """What is a film, look by look; it changes at each look, or each so many."""
        found = []
        for number in range(round(seconds / INTERVAL)):
            self.now += INTERVAL
            if changes and number % every == 0:
                self.motion.add(changes, self.now)
            found.append(self.motion.film(self.now))
        return found


def test_a_film_begins_within_a_second_and_ends_in_half_of_one() -> None:
    screen = Screen()
    assert screen.run(1, ALL)[-1] == ALL
    assert set(screen.run(20, ALL)) == {ALL}
    assert None not in screen.run(0.3)
    assert screen.run(0.3)[-1] is None


def test_a_film_in_a_window_takes_the_tiles_below_it() -> None:
    assert Screen().run(1, WINDOW)[-1] == TILES


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [Rectangle(10, 10, 200, 20)],  # a line that is typed
        [Rectangle(0, 0, 64, 64), Rectangle(1216, 736, 64, 64)],  # two small ones, far apart
        [Rectangle(0, 0, 300, 300)],  # a clock with a second hand
        [Rectangle(5000, 5000, 9000, 9000), Rectangle(-900, -900, 10, 10)],  # not on the screen
    ],
)
def test_what_is_small_is_no_film(changes: list[Rectangle]) -> None:
    assert set(Screen().run(3, *changes)) == {None}


def test_a_page_that_is_turned_now_and_then_is_no_film() -> None:
    assert set(Screen().run(10, ALL, every=4)) == {None}


def test_a_film_of_twelve_pictures_a_second_does_not_bounce() -> None:
    screen = Screen()
    screen.run(1, ALL)
    found = []
    for number in range(160):
        screen.now += INTERVAL
        if number % 4 != 3:
            screen.motion.add([ALL], screen.now)
        found.append(screen.motion.film(screen.now))
    assert set(found) == {ALL}


def test_a_cursor_that_blinks_in_it_does_not_keep_a_film() -> None:
    screen = Screen()
    screen.run(1, ALL)
    assert screen.run(1, Rectangle(640, 400, 8, 16))[-1] is None


def test_a_film_grows_once_and_stays() -> None:
    screen = Screen()
    screen.run(1, WINDOW)
    found = screen.run(3, ALL)
    assert found[0] == TILES
    assert found[-1] == ALL
    assert sum(one != other for one, other in itertools.pairwise(found)) == 1
    # Half of it is still worth the whole.
    assert set(screen.run(3, Rectangle(0, 0, 1280, 500))) == {ALL}
    found = screen.run(5, WINDOW)
    assert found[16] == ALL
    assert found[-1] == TILES


def test_another_size_begins_anew_and_parts_stay_on_it() -> None:
    screen = Screen()
    screen.run(1, ALL)
    screen.motion.resize(1365, 767)
    assert screen.motion.film(screen.now) is None
    assert screen.run(1, Rectangle(0, 0, 1365, 767))[-1] == (0, 0, 1364, 766)
