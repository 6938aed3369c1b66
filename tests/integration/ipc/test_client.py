"""Backends that a client starts, finds and ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from tests.kit.backend.older_version import install_older
from tests.kit.backend.refusals import refused
from tests.kit.backend.widget_page import TOKEN
from tests.kit.backend.wire import Line, Spawned, wait_until_unlocked
from tests.kit.machine.machine import ROOT
from tests.kit.machine.processes import hold


def test_it_is_started_once_and_then_found(runtime: Path) -> None:
    first = client.ensure()
    second = client.ensure()
    third = client.find()
    assert third and first.epoch == second.epoch == third.epoch
    for one in (first, second):
        one.close()
    assert third.status()["snapshot"]["phase"] == "idle"
    third.stop()
    assert client.find() is None


def test_the_backend_inherits_no_secret(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NGROK_AUTHTOKEN", TOKEN)
    monkeypatch.setenv("KAGGLE_USER_SECRETS_TOKEN", TOKEN)
    started = client.ensure()
    with Line() as line:
        for name in ("environ", "cmdline"):
            assert TOKEN.encode() not in Path(f"/proc/{line.peer()}/{name}").read_bytes()
    started.stop()


def test_stopping_waits_until_another_can_be_started(runtime: Path) -> None:
    first = client.ensure()
    first.stop()
    second = client.ensure()
    assert second.epoch != first.epoch
    second.stop()


def test_one_that_is_just_ending_is_waited_for(runtime: Path) -> None:
    """Its socket is gone already, its session's programs are still being ended."""
    ensure_private(runtime)
    ending = (runtime / "lock").open("w")
    fcntl.flock(ending, fcntl.LOCK_EX)
    end = threading.Timer(1.0, ending.close)
    end.start()
    try:
        client.ensure().stop()
    finally:
        end.join()


def test_why_it_does_not_start_is_said(runtime: Path) -> None:
    ensure_private(runtime)
    paths.socket_path().mkdir()
    assert "backend.sock" in refused("backend_start")


@pytest.fixture
def old_backend(runtime: Path, tmp_path: Path) -> Spawned:
    """A backend that was started before colabwidget was upgraded."""
    return Spawned.start(install_older(tmp_path / "old"))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "colabwidget", *arguments],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_after_an_upgrade_the_advice_given_helps(old_backend: Spawned) -> None:
    with pytest.raises(ColabWidgetError) as raised:
        client.ensure()
    assert raised.value.code == "backend_version"
    assert "The backend is version 0.0.9, this notebook has " in raised.value.info["cause"]
    assert "python -m colabwidget disconnect" in raised.value.info["remedy"]
    done = command("disconnect")
    try:
        assert done.returncode == 0, done.stderr
        client.ensure().stop()
    finally:
        old_backend.end()


def test_a_question_that_is_open_when_it_dies_is_answered(own_backend: Spawned) -> None:
    one = client.Client()
    hold(own_backend.pid)
    codes: list[str] = []

    def ask() -> None:
        with pytest.raises(ColabWidgetError) as raised:
            one.status()
        codes.append(raised.value.code)

    asking = threading.Thread(target=ask)
    asking.start()
    os.kill(own_backend.pid, signal.SIGKILL)
    asking.join(20)
    assert codes == ["backend_lost"]
    wait_until_unlocked()
