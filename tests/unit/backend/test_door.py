"""When a session closes by itself."""

from __future__ import annotations

import pytest

from colabwidget.backend.door import Door
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import NO_TUNNEL, Options


class Clock:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def closed(door: Door) -> str:
    try:
        door.check()
    except ColabWidgetError as error:
        return f"{error.code}: {error.info['cause']}"
    return ""


def left(door: Door) -> tuple[str, float] | None:
    closing = door.closing()
    return closing and (closing["reason"], closing["seconds"])


def test_it_closes_once_no_client_was_in_for_so_long() -> None:
    clock = Clock()
    door = Door(Options(idle_timeout=10), clock)
    assert left(door) == ("idle", 600.0)
    clock.now += 300
    assert door.see(1)
    assert left(door) is None
    clock.now += 10_000
    assert closed(door) == ""
    assert not door.see(2)
    assert door.see(0)
    assert left(door) == ("idle", 600.0)
    clock.now += 599
    assert closed(door) == "" and left(door) == ("idle", 1.0)
    clock.now += 1
    assert closed(door) == "closed_idle: No client was signed in for 10 minutes."


def test_its_time_ends_whatever_goes_on() -> None:
    clock = Clock()
    door = Door(Options(idle_timeout=60, session_timeout=90), clock)
    door.see(1)
    assert left(door) == ("time", 5400.0)
    clock.now += 4000
    door.see(0)
    assert left(door) == ("time", 1400.0)
    clock.now += 1400
    assert closed(door).startswith("closed_time: It was to end after 90 minutes")


@pytest.mark.parametrize("for_good", [False, True])
def test_a_click_keeps_it_open(for_good: bool) -> None:
    clock = Clock()
    door = Door(Options(idle_timeout=10, session_timeout=20), clock)
    clock.now += 599
    door.keep_open(for_good=for_good)
    assert left(door) == (None if for_good else ("idle", 600.0))
    clock.now += 599
    assert closed(door) == ""
    clock.now += 1
    assert (closed(door) == "") == for_good


@pytest.mark.parametrize(
    "options", [Options(idle_timeout=0), Options(tunnel=NO_TUNNEL, session_timeout=5)]
)
def test_it_stays_open_without_a_limit_and_inside_the_notebook(options: Options) -> None:
    clock = Clock()
    door = Door(options, clock)
    clock.now += 1e6
    assert left(door) is None and closed(door) == "" and not door.see(1)
