"""A month of a session through a tunnel whose provider counts connections, in no time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from colabwidget.backend.probe_schedule import ProbeSchedule
from colabwidget.backend.tunnel_probe import MeteredProbe, Signs
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.supervisor import NeverFails
from colabwidget.system.wakeups import Wakeups

HOUR, DAY = 3600.0, 86_400.0
TICK = 60.0  # seconds: a month of the real ones takes too long
BUDGET = 300  # connections of our own in a month


class Probe(NeverFails):
    """Counts the looks through a tunnel."""

    title, gone = "the tunnel", "tunnel_gone"

    def __init__(self) -> None:
        self.looks = 0
        self.problem = ""

    async def health_problem(self) -> str:
        self.looks += 1
        return self.problem

    def running(self) -> bool:
        return True


class World:
    """A machine whose time passes as it is told to."""

    def __init__(self, journal: Journal) -> None:
        self.now = self.asleep = 0.0
        self.sign_ins = self.signed_in = 0
        self.network: tuple[str, ...] = ("eth0",)
        self.probe = Probe()
        self.schedule = ProbeSchedule(lambda: self.now)
        wakeups = Wakeups(
            TICK, lambda: self.now, lambda: self.now + self.asleep, lambda: self.asleep
        )
        signs = Signs(lambda: (self.sign_ins, self.signed_in), wakeups, lambda: self.network)
        self.metered = MeteredProbe(self.probe, self.schedule, signs, journal)

    def run(self, seconds: float, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass, with a health check each tick."""

        async def ticks() -> None:
            end = self.now + seconds
            while self.now < end:
                self.now += TICK
                each()
                await self.metered.health_problem()

        asyncio.run(ticks())

    def sleep(self, seconds: float) -> None:
        """Suspend the machine."""
        self.asleep += seconds


@pytest.fixture
def world(journal: Journal) -> World:
    return World(journal)


def test_a_month_that_is_used_daily_stays_in_its_budget(world: World) -> None:
    """Pages are reloaded, laptops sleep, networks change, clients come and go, every day."""
    dice = random.Random(1)

    def each() -> None:
        hour = world.now % DAY / HOUR
        if not 8 <= hour < 23:
            return
        if dice.random() < 12 / (15 * HOUR / TICK):
            world.schedule.user_looks()
        if dice.random() < 4 / (15 * HOUR / TICK):
            world.sign_ins += 1
        if dice.random() < 3 / (15 * HOUR / TICK):
            world.sleep(HOUR)
        if dice.random() < 3 / (15 * HOUR / TICK):
            world.network = (f"eth{dice.randrange(9)}",)
        if dice.random() < 3 / (15 * HOUR / TICK):
            world.schedule.looked(well=True)  # the tunnel's agent was away, and is verified
            world.probe.looks += 1

    world.run(30 * DAY, each)
    assert 60 < world.probe.looks < BUDGET


def test_a_month_at_its_worst_stays_in_its_budget(world: World) -> None:
    """The network changes with each tick, and pages are reloaded all the time."""

    def each() -> None:
        world.network = (f"{world.now}",)
        world.schedule.user_looks()

    world.run(30 * DAY, each)
    assert 200 < world.probe.looks < BUDGET


def test_a_month_without_any_occasion_takes_two_looks_a_day(world: World) -> None:
    world.run(30 * DAY)
    assert 58 <= world.probe.looks <= 60


def test_no_look_while_clients_come_in(world: World) -> None:
    world.signed_in = 1
    world.run(3 * DAY, world.schedule.user_looks)
    assert world.probe.looks == 0
    world.signed_in = 0
    world.run(
        2 * DAY, lambda: setattr(world, "sign_ins", world.sign_ins + (world.now % HOUR < TICK))
    )
    assert world.probe.looks == 0


@pytest.mark.parametrize(
    "occasion",
    [
        lambda world: world.sleep(600.0),
        lambda world: setattr(world, "now", world.now + 300.0),  # the process was stopped
        lambda world: setattr(world, "network", ("wlan0",)),
    ],
)
def test_a_change_is_looked_at_at_once_and_once(
    world: World, occasion: Callable[[World], object]
) -> None:
    world.run(HOUR)
    assert world.probe.looks == 0
    occasion(world)
    world.run(TICK)
    assert world.probe.looks == 1
    world.run(HOUR)
    assert world.probe.looks == 1


def test_a_page_is_no_occasion_shortly_after_something_came_through(world: World) -> None:
    world.run(TICK)
    world.schedule.user_looks()
    world.run(HOUR)
    assert world.probe.looks == 0
    world.schedule.user_looks()
    world.run(TICK)
    assert world.probe.looks == 1


def test_a_look_that_meets_nothing_is_repeated_once(world: World) -> None:
    world.probe.problem = "nothing comes through"
    world.network = ("wlan0",)
    world.run(2 * TICK)
    assert world.probe.looks == 2
    world.run(HOUR)
    assert world.probe.looks == 2


def test_an_agent_that_comes_and_goes_is_believed_once_the_day_is_used_up(world: World) -> None:
    """Each time that it is back costs a look, unless the last one met nothing."""
    looks = 0
    for _ in range(30 * 24):
        world.run(HOUR)
        if world.schedule.worth_a_look():
            looks += 1
            world.schedule.looked(well=True)
    assert 200 < looks + world.probe.looks < BUDGET
    assert not world.schedule.worth_a_look()
    world.schedule.looked(well=False)
    assert world.schedule.worth_a_look()


@pytest.mark.parametrize("well", [True, False])
def test_looks_that_all_fail_are_no_more_than_those_that_all_succeed(well: bool) -> None:
    now, looks = 0.0, 0
    schedule = ProbeSchedule(lambda: now)
    while now < 30 * DAY:
        schedule.changed("the network")
        if schedule.due():
            looks += 1
            schedule.looked(well=well)
        now += TICK
    assert 200 < looks < BUDGET
