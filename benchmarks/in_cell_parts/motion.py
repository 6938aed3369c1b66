"""What moves on a desktop in a cell: pictures a second, how late, how many bytes, how much work.

A picture counts when the page's canvas shows its number; it is late by the time since the program
on the desktop had painted it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Protocol

from common import ROUNDS, Table, cpu_seconds
from playwright.sync_api import Page

from colabwidget.system.subreaper import descendants
from tests.kit.desktop.projector import KEYS, NUMBERS, Projector

SECONDS, SECONDS_SLOW = 5.0, 12.0
SETTLED = 4.0  # seconds after which nothing of before is under way
PRESSED = 12  # keys
#: What is shown by size of the desktop, as its name and the projector's word.
SHOWN = {
    "1280x800": {
        "film 30": "film 30",
        "film 60": "film 60",
        "text": "text 60",
        "window": "window 30",
        "rest": "still",
    },
    "1920x1080": {"film 30": "film 30", "film 60": "film 60"},
}
ON_LINES = {"film 30": "film 30"}
LINES = (20.0, 5.0, 1.0)  # Mbit/s, with a round trip of 80 ms
FRAMES = 1.3  # budget: times websockify's, of a film of 30 a second
_SLACK = 0.003  # seconds by which two clocks may differ

Found = dict[str, float]


class Way(Protocol):
    """A page that shows the desktop."""

    page: Page

    def open(self) -> None:
        """Show it."""

    def close(self) -> None:
        """Show it no more."""


class Clock:
    """Translates a page's time into this machine's (CLOCK_MONOTONIC), in seconds."""

    def __init__(self, page: Page) -> None:
        tries = []
        for _ in range(15):
            before = time.monotonic()
            there = float(page.evaluate("() => performance.now()")) / 1000
            after = time.monotonic()
            tries.append((after - before, (before + after) / 2 - there))
        self._ahead = min(tries)[1]

    def __call__(self, milliseconds: float) -> float:
        """Return this machine's time at that of the page."""
        return milliseconds / 1000 + self._ahead


def measure(
    ways: dict[str, Way],
    projector: Projector,
    shown: dict[str, str],
    work: Callable[[], float],
    seconds: float = SECONDS,
) -> list[dict[str, Found]]:
    """Measure each way with all that is shown, in turns; values by way and by what is shown."""
    found = []
    for turn in range(ROUNDS):
        one_round = {}
        for name in sorted(ways, reverse=turn % 2 == 1):
            way = ways[name]
            projector.show("still")
            way.page.bring_to_front()
            way.open()
            way.page.locator("canvas").first.scroll_into_view_if_needed()
            for what, word in shown.items():
                one_round[f"{name} {what}"] = _measured(way.page, projector, word, work, seconds)
                print(f"  {name} {what}", _short(one_round[f"{name} {what}"]), file=sys.stderr)
            way.close()
        found.append(one_round)
    return found


def _measured(
    page: Page, projector: Projector, word: str, work: Callable[[], float], seconds: float
) -> Found:
    projector.show(word)
    clock = Clock(page)
    page.wait_for_timeout(SETTLED * 1000 if word == "still" else 1500)
    projector.times()
    _clear(page)
    worked, began = work(), time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    seen = page.evaluate("() => motion")
    took, worked = time.monotonic() - began, work() - worked
    found = {
        "draws": seen["frames"] / took,
        "kB": seen["bytes"] / took / 1000,
        "work": worked / took,
        **_late("picture", seen["pictures"], projector.times(), clock),
        "frames": len(seen["pictures"]) / took,
    }
    found |= _keys(page, projector, clock)
    if word != "still":
        found["end"] = _end(page, projector, clock)
    return found


def _late(kind: str, seen: list[Any], painted: list[Any], clock: Clock) -> Found:
    """How late pictures are, in milliseconds: most of them, and nearly the latest."""
    most = NUMBERS if kind == "picture" else KEYS
    times: dict[int, list[float]] = {}
    for what, number, at in painted:
        if what == kind:
            times.setdefault(number % most, []).append(at)
    late = []
    for number, at in seen:
        # A number comes round: it was the last of that number.
        before = [each for each in times.get(number, ()) if each <= clock(at) + _SLACK]
        if before:
            late.append((clock(at) - before[-1]) * 1000)
    late.sort()
    name = "late" if kind == "picture" else "key from paint"
    if not late:
        return {name: float("nan"), f"{name} 95": float("nan")}
    return {name: median(late), f"{name} 95": late[int(0.95 * (len(late) - 1))]}


def _keys(page: Page, projector: Projector, clock: Clock) -> Found:
    """Milliseconds from a key to the program that it reaches, and to the pixels that it changes."""
    page.locator("canvas").first.focus()
    projector.times()
    _clear(page)
    pressed = []
    for number in range(PRESSED):
        page.wait_for_timeout(300 + 13 * (number % 7))
        before = page.evaluate("() => motion.keys.length")
        pressed.append(float(page.evaluate("() => (motion.pressed = performance.now())")))
        page.keyboard.press("a")
        end = time.monotonic() + 8
        while page.evaluate("() => motion.keys.length") == before and time.monotonic() < end:
            page.wait_for_timeout(20)
    shown = [clock(at) for _, at in page.evaluate("() => motion.keys")]
    reached = [at for kind, _, at in projector.times() if kind == "key"]
    starts = [clock(at) for at in pressed]
    if not len(starts) == len(shown) == len(reached):
        return {"key": float("nan"), "heard": float("nan")}
    return {
        "key": 1000 * median(b - a for a, b in zip(starts, shown, strict=True)),
        "heard": 1000 * median(b - a for a, b in zip(starts, reached, strict=True)),
    }


def _end(page: Page, projector: Projector, clock: Clock) -> float:
    """Milliseconds from a film's end until the page shows the picture after it."""
    projector.show("still")
    number, at = [each for each in projector.times() if each[0] == "picture"][-1][1:]
    page.wait_for_function(
        "(number) => motion.number === number", arg=number, polling=50, timeout=60_000
    )
    came = page.evaluate("(number) => motion.pictures.findLast((one) => one[0] === number)", number)
    return 1000 * (clock(came[1]) - at)


def _clear(page: Page) -> None:
    page.evaluate("() => Object.assign(motion, { pictures: [], keys: [], frames: 0, bytes: 0 })")


def _short(found: Found) -> dict[str, float]:
    return {name: round(value, 2) for name, value in found.items()}


def work_of(*roots: int) -> Callable[[], float]:
    """Return what tells the processor time of all below these processes, and theirs."""

    def seconds() -> float:
        total = 0.0
        for pid in {each for root in roots for each in (root, *descendants(root))}:
            try:
                total += cpu_seconds(pid)
            except OSError:
                continue  # it has ended
        return total

    return seconds


def add(table: Table, title: str, rounds: list[dict[str, Found]], shown: dict[str, str]) -> None:
    """Add what was measured, and our ratio to websockify."""

    def of(way: str, what: str, value: str) -> float:
        return median(each[f"{way} {what}"][value] for each in rounds)

    def ratio(what: str, value: str) -> float:
        pairs = [(e[f"ours {what}"][value], e[f"theirs {what}"][value]) for e in rounds]
        return median(ours / theirs if theirs else float("inf") for ours, theirs in pairs)

    for what in shown:
        name = f"{title}, {what}"
        if shown[what] == "still":
            table.add(f"{name}: draws a second", of("ours", what, "draws"), "", 0)
            table.add(f"{name}: bytes a second", 1000 * of("ours", what, "kB"), "", 0)
        else:
            for value, unit in (("frames", "a second"), ("late", "ms"), ("kB", "kB/s")):
                table.add(f"{name}: {value}", of("ours", what, value), unit)
                table.add(f"{name}: {value}, websockify's", of("theirs", what, value), unit)
            budget = 1 / FRAMES if what == "film 30" else None
            # A budget is an upper bound here: websockify's frames to ours.
            table.add(f"{name}: websockify's frames to ours", 1 / ratio(what, "frames"), "times",
                      budget)  # fmt: skip
            table.add(f"{name}: late, to websockify's", ratio(what, "late"), "times")
            table.add(f"{name}: bytes, to websockify's", ratio(what, "kB"), "times")
            table.add(f"{name}: work, to websockify's", ratio(what, "work"), "times")
            table.add(f"{name}: right after its end", of("ours", what, "end"), "ms")
        table.add(f"{name}: key to pixel", of("ours", what, "key"), "ms")
        table.add(f"{name}: key to pixel, to websockify's", ratio(what, "key"), "times")
        table.add(f"{name}: key to program", of("ours", what, "heard"), "ms")
