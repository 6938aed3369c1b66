"""The steps of a session as clients see them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

from colabwidget.core.codec import encode
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.printable import spelled_out
from colabwidget.core.step import StepInfo, StepStatus

Plan: TypeAlias = tuple[tuple[str, str], ...]
PLAN: Plan = (
    ("check", "Check"),
    ("packages", "Packages"),
    ("account", "Account"),
    ("sshd", "SSH server"),
    ("tunnel", "Tunnel"),
    ("verify", "Verify"),
)
NOTEBOOK_ONLY_PLAN = PLAN[:1]
DRIVE_STEP = ("drive", "Google Drive")
DESKTOP_PLAN = (
    ("desktop_packages", "Desktop packages"),
    ("desktop", "Desktop"),
)


class Steps:
    """The named parts of a session.

    Parameters
    ----------
    on_change
        Called after every change.
    clock
        Gives seconds that only grow.
    """

    def __init__(
        self, on_change: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._steps: dict[str, StepInfo] = {}
        self._started: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._on_change = on_change

    def plan(self, plan: Plan = PLAN, *, keep_desktop: bool = False) -> None:
        """Replace the steps by new ones, all pending; those of a desktop may stay as they are."""
        names = {name for name, _ in DESKTOP_PLAN} & {*self._steps} if keep_desktop else set()
        kept = {name: self._steps[name] for name in self._steps if name in names}
        self._steps = {name: StepInfo(name, title) for name, title in plan} | kept
        self._started = {name: self._started[name] for name in names & {*self._started}}
        self._spent = {}
        self._on_change()

    def add_drive(self) -> None:
        """Add the step of Google Drive, pending, after that of the account."""
        name, title = DRIVE_STEP
        if name not in self._steps:
            names = [*self._steps]
            names.insert(names.index("account") + 1, name)
            found = {**self._steps, name: StepInfo(name, title)}
            self._steps = {each: found[each] for each in names}
            self._on_change()

    def add_desktop(self) -> None:
        """Add the steps of a desktop, pending."""
        self._steps |= {name: StepInfo(name, title) for name, title in DESKTOP_PLAN}
        self._on_change()

    def drop_desktop(self) -> None:
        """Remove the steps of a desktop."""
        for name, _ in DESKTOP_PLAN:
            self._steps.pop(name, None)
        self._on_change()

    def clear(self) -> None:
        """Remove all steps."""
        self._steps = {}
        self._on_change()

    def as_list(self) -> list[dict[str, Any]]:
        """Return the steps as plain values, in their order."""
        return [
            {**encode(step), "detail": spelled_out(step.detail)} for step in self._steps.values()
        ]

    def begin(self, name: str, detail: str = "") -> None:
        """Start a step."""
        step = self._steps[name]
        step.status, step.detail, step.progress, step.seconds = "running", detail, None, None
        self._started[name] = self._clock()
        self._on_change()

    def update(self, name: str, detail: str, progress: float | None = None) -> None:
        """Set detail and progress of a step that runs; of any other, nothing changes."""
        step = self._steps.get(name)
        if step and step.status == "running":
            step.detail = detail
            step.progress = None if progress is None else round(progress, 3)
            self._on_change()

    def rest(self, name: str, detail: str) -> None:
        """Let a step wait for another: the time until `resume` does not count as its own."""
        self._spent[name] = self._clock() - self._started.pop(name)
        self.update(name, detail)

    def resume(self, name: str) -> None:
        """Let a step go on after `rest`."""
        self._started[name] = self._clock()

    def finish(self, name: str, status: StepStatus, detail: str = "") -> None:
        """End a step."""
        step = self._steps[name]
        step.status, step.detail, step.progress = status, detail, None
        since, spent = self._started.pop(name, None), self._spent.pop(name, None)
        if since is not None or spent is not None:
            step.seconds = round((spent or 0.0) + (self._clock() - since if since else 0.0), 2)
        self._on_change()

    def interrupt(self, status: StepStatus) -> None:
        """End every step that runs: the session goes no further."""
        for name, step in self._steps.items():
            if step.status == "running":
                self.finish(name, status, step.detail)

    @contextlib.asynccontextmanager
    async def running(self, name: str, detail: str = "") -> AsyncIterator[None]:
        """Let a step run during the block; it ends as the block does."""
        self.begin(name, detail)
        with self.ending(name):
            yield
        if self._steps[name].status == "running":
            self.finish(name, "done")

    @contextlib.contextmanager
    def ending(self, name: str) -> Iterator[None]:
        """End a step where the block fails or is cancelled."""
        try:
            yield
        except asyncio.CancelledError:
            self.finish(name, "cancelled")
            raise
        except ColabWidgetError as error:
            self.finish(name, "failed", error.info["title"])
            raise
        except Exception:
            self.finish(name, "failed")
            raise
