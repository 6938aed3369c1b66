"""What is written of a session's steps while a cell, a script or a command waits for them."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from colabwidget.control.progress import Progress, usual_stream
from colabwidget.core.snapshot import Snapshot
from tests.kit.clock import Clock


def step(name: str, status: str, detail: str = "", seconds: float | None = None) -> dict[str, Any]:
    values = {"name": name, "title": name.title(), "status": status}
    return {**values, "detail": detail, "progress": None, "seconds": seconds}


def test_a_step_that_runs_for_long_is_written_now_and_then() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock)
    done = step("check", "done", seconds=0.1)
    running = Snapshot(steps=[done, step("packages", "running", "unpacking xfwm4")])
    for seconds in (0, 2, 2, 1, 6, 4):
        clock.advance(seconds)
        progress.show(running)
    progress.show(Snapshot(steps=[done, step("packages", "done", "2 installed", 15.3)]))
    assert stream.getvalue().splitlines() == [
        "Check: done 0.1 s",
        "Packages: running 4 s (unpacking xfwm4)",
        "Packages: running 15 s (unpacking xfwm4)",
        "Packages: done 15.3 s (2 installed)",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_step_that_runs_has_a_line_that_is_written_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    clock, stream = Clock(), Terminal()
    progress = Progress(stream, clock)
    for seconds, detail in ((0, ""), (1, "unpacking \r\x1b[2Kxfwm4 and more"), (0, "")):
        clock.advance(seconds)
        progress.show(Snapshot(steps=[step("packages", "running", detail)]))
    progress.show(Snapshot(steps=[step("packages", "done", "", 1.3)]))
    progress.end()
    assert stream.getvalue().split("\r\x1b[K") == [
        "Packages 0 s",
        "Packages 1 s (unpacking \\r\\x1",
        "Packages 1 s",
        "Packages: done 1.3 s\n",
    ]
    progress.show(Snapshot(steps=[step("tunnel", "running")]))
    progress.end()
    progress.end()
    assert stream.getvalue().endswith("done 1.3 s\nTunnel 0 s\r\x1b[K")


def test_each_step_has_its_own_time() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock)
    for name in ("check", "account", "sshd"):
        progress.show(Snapshot(steps=[step(name, "running")]))
        clock.advance(2)
    assert stream.getvalue() == ""


def test_what_another_request_has_done_is_left_out() -> None:
    stream = io.StringIO()
    progress = Progress(stream, Clock())
    before = [step("check", "done", seconds=0.1), step("tunnel", "running")]
    progress.skip(Snapshot(steps=before))
    progress.show(Snapshot(steps=[before[0], step("tunnel", "done", seconds=1.0)]))
    assert stream.getvalue() == "Tunnel: done 1.0 s\n"


def test_in_a_cell_it_is_output_and_in_a_script_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert usual_stream() is sys.stderr

    class OutStream(io.StringIO):
        """As ipykernel gives it to cells."""

    OutStream.__module__ = "ipykernel.iostream"
    cell = OutStream()
    monkeypatch.setattr(sys, "stdout", cell)
    assert usual_stream() is cell
    Progress().write("Connected.")
    assert cell.getvalue() == "Connected.\n"
