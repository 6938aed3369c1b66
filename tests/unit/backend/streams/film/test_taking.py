"""How many pictures a second an encoder makes for a page that takes fewer."""

from __future__ import annotations

import pytest

from colabwidget.backend.streams.film.taking import Taking


def film(taking: Taking, seconds: float, now: float, page: float) -> tuple[float, int, int]:
    """Take pictures as a page does that draws so many a second: time, changes, waits."""
    end, changes, waits = now + seconds, 0, 0
    while now < end:
        is_held = taking.rate > page
        now += 1 / min(taking.rate, page)
        waits += is_held
        changes += taking.take(now, 1 / page if is_held else 0.5 / taking.rate)
    return now, changes, waits


def test_a_page_that_takes_all_gets_all() -> None:
    taking = Taking(60, 5.0)
    assert film(taking, 60, 5.0, 100.0)[1:] == (0, 0)
    assert taking.rate == 60


@pytest.mark.parametrize("page", [9.0, 16.0, 25.0, 37.0])
def test_a_page_that_takes_fewer_gets_fewer_and_is_seldom_tried_with_more(page: float) -> None:
    taking = Taking(60, 5.0)
    now, _, _ = film(taking, 120, 5.0, page)
    now, changes, waits = film(taking, 120, now, page)
    assert taking.rate >= 7
    assert changes <= 8
    assert waits < 0.2 * 120 * page


def test_a_page_that_gets_quicker_gets_more_again() -> None:
    taking = Taking(30, 5.0)
    now, _, _ = film(taking, 10, 5.0, 10.0)
    assert taking.rate <= 10
    film(taking, 60, now, 100.0)
    assert taking.rate == 30


def test_a_moment_of_trouble_is_made_good_in_some_seconds() -> None:
    taking = Taking(30, 5.0)
    now, _, _ = film(taking, 30, 5.0, 100.0)
    now, _, _ = film(taking, 1.5, now, 5.0)
    film(taking, 4, now, 100.0)
    assert taking.rate == 30


def test_a_page_that_takes_next_to_none_gets_eight() -> None:
    taking = Taking(30, 5.0)
    film(taking, 20, 5.0, 0.5)
    assert taking.rate == 8
