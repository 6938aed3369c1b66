"""The backend answers its clients over a Unix socket, each of them alike."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from colabwidget import __version__
from colabwidget.core.snapshot import Snapshot
from colabwidget.ipc import messages
from colabwidget.ipc.client import ensure, find
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from tests.kit.backend.wire import DOOMED, Line, Spawned, wait_until_unlocked
from tests.kit.machine.machine import ROOT
from tests.kit.machine.processes import kill_with_guard
from tests.kit.waiting import eventually

DESKTOP = messages.Desktop(2, True)
TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"


def processes(runtime: Path) -> list[int]:
    """The backends that serve this runtime directory."""
    mark = f"XDG_RUNTIME_DIR={runtime.parent}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (
                entry.name.isdigit()
                and b"colabwidget.backend" in (entry / "cmdline").read_bytes()
                and mark in (entry / "environ").read_bytes()
            ):
                found.append(int(entry.name))
    return found


def test_both_sides_begin_with_hello(backend: Spawned) -> None:
    with Line() as line:
        assert (line.hello.protocol, line.hello.version) == (messages.VERSION, __version__)
        assert line.hello.epoch == backend.epoch != ""


def test_at_first_nothing_is_open(backend: Spawned) -> None:
    with Line() as line:
        result = line.result(messages.Status(1))
        assert result["details"] is None
        snapshot = Snapshot.from_dict(result["snapshot"])
        assert (snapshot.epoch, snapshot.phase) == (backend.epoch, "idle")
        assert (snapshot.steps, snapshot.error, snapshot.options) == ([], None, None)
        assert snapshot.elapsed == 0.0


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (messages.GetDetails(1), "not_connected"),
        (messages.Disconnect(1), "not_connected"),
        (messages.Desktop(1, True), "not_connected"),
        (messages.Desktop(1, True, {"geometry": "1x1"}), "geometry_invalid"),
        (messages.Connect(1, {"desktop": True, "ssh": False}, TOKEN), "desktop_needs_ssh"),
        (messages.Connect(1, {"region": "mars"}, TOKEN), "region_unknown"),
        (messages.Connect(1, {"ssh": False}, TOKEN), "nothing_chosen"),
        (messages.Connect(1, {"surprise": 1}, TOKEN), "options_invalid"),
        (messages.Connect(1, {"user": ["root"]}, TOKEN), "options_invalid"),
        (messages.Connect(1, {}), "token_missing"),
        (messages.Connect(1, {}, "a b"), "token_unusable"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.type,
)
def test_what_cannot_be_done_is_refused_and_nothing_is_started(
    backend: Spawned, request_: messages.Request, code: str
) -> None:
    with Line() as line:
        error = line.ask(request_).error
        assert error and error["code"] == code
        assert TOKEN not in str(error)
        assert line.result(messages.Status(2))["snapshot"]["phase"] == "idle"


@pytest.mark.parametrize(
    ("options", "needed"),
    [({}, True), ({"tunnel": "cloudflare"}, False), ({"tunnel": "none", "desktop": True}, False)],
    ids=["ngrok", "cloudflare", "none"],
)
def test_whether_a_token_is_needed_is_told_and_nothing_is_started(
    backend: Spawned, options: dict[str, Any], needed: bool
) -> None:
    with Line() as line:
        answer = line.result(messages.Connect(1, options, dry_run=True))
        assert answer["token_needed"] is needed
        assert answer["snapshot"]["phase"] == "idle"
        assert line.result(messages.Status(2))["snapshot"]["phase"] == "idle"
        error = line.ask(messages.Connect(3, {"region": "mars"}, dry_run=True)).error
        assert error and error["code"] == "region_unknown"


def test_what_is_there_already_is_no_error(backend: Spawned) -> None:
    with Line() as line:
        assert line.result(messages.Cancel(1))["snapshot"]["phase"] == "idle"
        assert line.result(messages.Disconnect(2, force=True))["snapshot"]["phase"] == "idle"


def test_each_answer_has_the_number_of_its_request(backend: Spawned) -> None:
    with Line() as line:
        for number in (7, 3, 3, -1, 1 << 60):
            assert line.ask(messages.Status(number)).id == number
        line.say(b"".join(messages.encode(messages.Status(number)) for number in range(50)))
        assert {line.hear().id for _ in range(50)} == set(range(50))  # type: ignore[union-attr]


def test_a_session_that_fails_says_why_and_can_be_tried_again(backend: Spawned) -> None:
    with Line() as line:
        line.follow()
        for number in (1, 2):
            line.say(messages.Connect(number, DOOMED, "not needed"))
            failed = line.state("failed")
            assert failed.error and failed.error["code"] in (
                "public_key_needed",
                "no_root_other_user",
            )
            assert failed.steps[0]["name"] == "check"
            assert failed.steps[0]["status"] == "failed"
            assert {step["status"] for step in failed.steps[1:]} == {"pending"}
            assert failed.options and failed.options["user"] == "root"
            assert "public_key" not in failed.options
        line.say(messages.Disconnect(3))
        idle = line.state("idle")
        assert (idle.error, idle.options, idle.steps) == (None, None, [])


def test_a_desktop_may_be_asked_for_before_connecting_has_got_anywhere(backend: Spawned) -> None:
    with Line() as line:
        line.say(messages.encode(messages.Connect(1, DOOMED)) + messages.encode(DESKTOP))
        replies = [line.hear(), line.hear()]
        codes = [(reply.error or {}).get("code") for reply in replies]  # type: ignore[union-attr]
        # Where it cannot be installed, that is said; nothing else stands in its way.
        assert codes in ([None, None], [None, "no_root_no_desktop"])
        eventually(lambda: line.result(messages.Status(3))["snapshot"]["phase"] == "failed")


def test_all_clients_see_the_same(backend: Spawned) -> None:
    with Line() as first, Line() as second, Line() as asking:
        assert vars(first.follow()) == vars(second.follow())
        asking.say(messages.Connect(1, DOOMED))
        assert vars(first.state("failed")) == vars(second.state("failed"))
        with Line() as late:
            assert late.follow().phase == "failed"
            late.say(messages.Disconnect(1))
            for line in (first, second, late):
                assert line.state("idle").error is None
        epochs = {line.hello.epoch for line in (first, second, asking)}
        assert epochs == {backend.epoch}


def test_states_only_grow(backend: Spawned) -> None:
    with Line() as line:
        revisions = [line.follow().revision]
        for number in range(3):
            line.say(messages.Connect(number, DOOMED))
            revisions.append(line.state("failed").revision)
            line.say(messages.Disconnect(number))
            revisions.append(line.state("idle").revision)
        assert revisions == sorted(set(revisions))


def test_who_does_not_follow_gets_answers_only(backend: Spawned) -> None:
    with Line() as quiet, Line() as asking:
        asking.follow()
        asking.say(messages.Connect(1, DOOMED))
        asking.state("failed")
        quiet.say(messages.Status(9))
        assert isinstance(quiet.hear(), messages.Reply)


def test_the_log_is_told_and_can_be_asked_for(backend: Spawned) -> None:
    with Line() as line:
        line.follow()
        line.say(messages.Connect(1, DOOMED))
        while not isinstance(event := line.hear(), messages.Log):
            assert event
        assert event.count == len(event.text.split("\n")) > 0
        result = line.result(messages.Journal(2, event.since))
        assert result["text"].startswith(event.text)
        assert result["epoch"] == backend.epoch
        assert line.result(messages.Journal(3, 1 << 40))["count"] == 0


def test_only_the_user_can_reach_it(backend: Spawned) -> None:
    runtime = paths.runtime_directory()
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE(paths.socket_path().stat().st_mode) == 0o600
    for file in runtime.iterdir():
        assert not file.is_file() or file.name == "lock" or file.stat().st_mode & 0o077 == 0


def test_of_two_that_start_at_once_one_stays(runtime: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"}
    command = [sys.executable, "-m", "colabwidget.backend"]
    started = [subprocess.Popen(command, env=environment, cwd="/") for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    backend = Spawned()
    eventually(lambda: processes(runtime) == [backend.pid])
    with Line() as line:
        assert line.hello.epoch == backend.epoch
    backend.end()
    eventually(lambda: processes(runtime) == [])


def test_what_a_dead_backend_has_left_is_replaced(own_backend: Spawned, runtime: Path) -> None:
    kill_with_guard(own_backend.pid)
    assert paths.socket_path().exists()
    (runtime / "session" / "authorized_keys").write_text("left behind")
    assert find() is None
    client = ensure()
    assert client.epoch != own_backend.epoch
    assert list((runtime / "session").iterdir()) == []
    client.stop()


def test_a_socket_file_without_anybody_behind_it_is_replaced(runtime: Path) -> None:
    ensure_private(runtime)
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(paths.socket_path()))
    client = ensure()
    assert client.status()["snapshot"]["phase"] == "idle"
    client.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_leaves_nothing_behind(
    own_backend: Spawned, runtime: Path, number: signal.Signals
) -> None:
    with Line() as line:
        line.follow()
        os.kill(own_backend.pid, number)
        while line.hear():
            pass
    wait_until_unlocked()
    assert [file.name for file in runtime.iterdir()] == ["lock"]


def test_it_ends_by_itself_when_nobody_needs_it(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLABWIDGET_IDLE_LIMIT", "0.3")
    backend = Spawned.start()
    with Line() as line:
        # Longer than the limit: who is connected keeps it.
        for number in range(12):
            assert line.ask(messages.Status(number)).error is None
            time.sleep(0.05)
        assert Path(f"/proc/{backend.pid}").exists()
    wait_until_unlocked()
    assert not paths.socket_path().exists()
