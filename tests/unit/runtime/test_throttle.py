"""A service that says too much is cut short, and it is said by how much."""

from __future__ import annotations

import asyncio

from colabwidget.runtime import throttle
from tests.kit.clock import run_without_waiting


def test_what_people_can_read_is_all_there() -> None:
    said: list[str] = []

    async def work() -> None:
        limiter = throttle.RateLimiter(said.append, burst=50)
        for number in range(50):
            limiter.add(f"{number}")

    asyncio.run(work())
    assert said == [f"{number}" for number in range(50)]


def test_of_a_flood_the_beginning_is_kept_and_the_rest_counted() -> None:
    said: list[str] = []

    async def work() -> None:
        limiter = throttle.RateLimiter(said.append, burst=50, rate=0.001)
        for number in range(10_000):
            limiter.add(f"{number}")
        await asyncio.sleep(60)

    run_without_waiting(work())
    assert said == [*(f"{number}" for number in range(50)), "(9950 lines left out)"]


def test_what_always_passes_takes_no_other_line_s_place() -> None:
    said: list[str] = []

    async def work() -> None:
        limiter = throttle.RateLimiter(said.append, burst=5, rate=0.001)
        for number in range(1000):
            limiter.add(f"{number}")
            limiter.add(f"in {number}", always=True)
        await asyncio.sleep(60)

    run_without_waiting(work())
    assert [line for line in said if line.startswith("in ")] == [f"in {n}" for n in range(1000)]
    assert [line for line in said if line.isdecimal()] == ["0", "1", "2", "3", "4"]
    assert said[-1] == "(995 lines left out)"
