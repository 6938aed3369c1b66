"""Progress and details in the output of a cell."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import pytest

from colabwidget.control.cell_output import CellProgress
from colabwidget.core.details import DesktopDetails, SshDetails
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from tests.kit.backend.fake_backend import PASSWORD, open_details
from tests.kit.clock import Clock


class Cell:
    """What a cell shows, after each change."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []
        self.clock = Clock()
        self.progress = CellProgress(self.shown.append, self.clock)

    @property
    def html(self) -> str:
        return self.shown[-1]["text/html"]


@pytest.fixture
def cell() -> Cell:
    return Cell()


def step(name: str, status: str, detail: str = "", seconds: float | None = None) -> dict[str, Any]:
    values = {"name": name, "title": name.title(), "status": status}
    return {**values, "detail": detail, "progress": None, "seconds": seconds}


def test_one_output_follows_the_steps(cell: Cell) -> None:
    done = step("check", "done", seconds=0.1)
    cell.progress.show(Snapshot(steps=[step("check", "pending")]))
    assert cell.shown == []
    cell.progress.show(Snapshot(steps=[done, step("packages", "running")]))
    cell.clock.advance(3)
    cell.progress.show(Snapshot(steps=[done, step("packages", "running", "<b>xfwm4")]))
    assert cell.html == ("<div>✓ Check 0.1 s</div><div>… Packages 3.0 s (&lt;b&gt;xfwm4)</div>")
    assert cell.shown[-1]["text/plain"] == "… Packages 3.0 s (<b>xfwm4)"


def test_a_step_that_runs_is_shown_anew_now_and_then_only(cell: Cell) -> None:
    for _ in range(50):
        cell.progress.show(Snapshot(steps=[step("packages", "running")]))
        cell.clock.advance(0.2)
    assert 4 <= len(cell.shown) <= 6


def test_what_another_request_has_done_is_left_out(cell: Cell) -> None:
    before = [step("check", "done", seconds=0.1), step("tunnel", "running")]
    cell.progress.skip(Snapshot(steps=before))
    cell.progress.show(Snapshot(steps=[before[0], step("tunnel", "done", seconds=1.0)]))
    assert cell.html == "<div>✓ Tunnel 1.0 s</div>"


def test_it_says_how_to_sign_in_and_where_the_password_is(cell: Cell) -> None:
    cell.progress.tell(open_details().as_dict(reveal=True))
    assert "<code" in cell.html and "ssh -p 12345 colab@1.tcp.example.net</code>" in cell.html
    assert "connection.ssh.password.reveal()" in cell.html
    assert PASSWORD not in str(cell.shown)


def secret_fields(part: type) -> list[str]:
    return [each.name for each in dataclasses.fields(part) if "Secret" in str(each.type)]


def test_each_secret_is_named_and_not_shown(cell: Cell) -> None:
    details = open_details()
    assert details.ssh
    secrets = {name: Secret(f"{name} of ssh") for name in secret_fields(SshDetails)}
    ssh: Any = dataclasses.replace(details.ssh, **cast(Any, secrets))
    words = {name: Secret(f"{name} of it") for name in secret_fields(DesktopDetails)}
    desktop = DesktopDetails(
        display=":1",
        port=5901,
        server="",
        renderer="",
        unused_gpu="",
        forward_command="ssh -L",
        viewer_address="",
        connection_files={},
        **words,
    )
    cell.progress.tell(dataclasses.replace(details, ssh=ssh, desktop=desktop).as_dict(reveal=True))
    assert len(secrets) >= 3 and len(words) >= 2
    for part, found in (("ssh", secrets), ("desktop", words)):
        for name, value in found.items():
            assert f"connection.{part}.{name}.reveal()" in cell.html
            assert value.reveal() not in str(cell.shown)


def test_what_comes_from_elsewhere_is_text(cell: Cell) -> None:
    cell.progress.write("Cancelling. <script>")
    cell.progress.show(Snapshot(steps=[step("verify", "failed", "\x1b[2K<img src=x>")]))
    assert "<script" not in cell.html and "<img" not in cell.html and "\x1b" not in cell.html
    details = open_details().as_dict(reveal=True)
    details["ssh"] |= {"command": "ssh <i>", "folder": "/<b>", "notices": ["<u>"]}
    cell.progress.tell(details)
    for tag in ("<i>", "<b>", "<u>"):
        assert tag not in cell.html
