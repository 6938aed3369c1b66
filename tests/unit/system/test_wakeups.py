"""A machine that has slept, told from one that is busy."""

from __future__ import annotations

import pytest

from colabwidget.system.wakeups import Wakeups


@pytest.mark.parametrize(
    ("ran", "wall", "slept", "woke_up"),
    [
        (5.0, 5.0, 0.0, False),
        (12.0, 12.0, 0.0, False),  # the machine is busy
        (5.0, 2.0, 0.0, False),  # the clock was set back
        (5.0, 8.0, 3.0, False),  # a moment only
        (5.0, 605.0, 600.0, True),  # suspended
        (5.0, 605.0, 0.0, True),  # a virtual machine that was paused
        (605.0, 605.0, 0.0, True),  # a process that was stopped
    ],
)
def test_a_jump_of_a_clock_is_a_wakeup_once(
    ran: float, wall: float, slept: float, woke_up: bool
) -> None:
    now = [0.0, 1e9, 0.0]
    wakeups = Wakeups(5.0, lambda: now[0], lambda: now[1], lambda: now[2])
    for number, step in enumerate((ran, wall, slept)):
        now[number] += step
    assert wakeups.woke_up() is woke_up
    for number, step in enumerate((5.0, 5.0, 0.0)):
        now[number] += step
    assert not wakeups.woke_up()
