"""A session on this machine's own address, with a key: it needs no root and changes no account."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.endpoint import Endpoint
from colabwidget.ipc import messages
from colabwidget.runtime.children import descendants
from colabwidget.system import paths
from tests.kit.backend.wire import Line, Spawned
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(
    not shutil.which("sshd", path="/usr/sbin:/usr/bin:/usr/local/sbin"),
    reason="needs openssh-server",
)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    key = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return {
        "tunnel": "direct",
        "address": "127.0.0.1",
        "user": "root" if os.geteuid() == 0 else "",
        "public_key": key.with_suffix(".pub").read_text(),
    }


@pytest.fixture
def line(backend: Spawned, options: dict[str, Any]) -> Iterator[Line]:
    """A client that follows a session which is open."""
    with Line() as line:
        connect(line, options)
        yield line


def connect(line: Line, options: dict[str, Any], environment: dict[str, str] | None = None) -> None:
    line.follow()
    line.say(messages.Connect(1, options, "", environment or {}))
    connected = line.state("connected", "failed")
    assert connected.phase == "connected", connected.error


def phase(line: Line) -> str:
    return str(line.result(messages.Status(1))["snapshot"]["phase"])


def test_it_opens_step_by_step_and_everybody_can_ask_how_to_sign_in(line: Line) -> None:
    with Line() as late:
        snapshot = late.follow()
        assert [step["status"] for step in snapshot.steps if step["name"] != "packages"] == (
            ["done"] * 5
        )
        assert snapshot.details_revision == 1
        result = late.result(messages.GetDetails(1))
        ssh = result["details"]["ssh"]
        assert snapshot.endpoint == Endpoint("127.0.0.1", ssh["port"]).as_dict()
        assert ssh["password"] is None and ssh["verified"]
        with socket.create_connection(("127.0.0.1", ssh["port"]), 20) as client:
            assert client.recv(4) == b"SSH-"


def test_the_same_again_is_there_already_and_other_options_are_refused(
    line: Line, options: dict[str, Any]
) -> None:
    before = line.result(messages.Status(1))["snapshot"]["revision"]
    assert line.result(messages.Connect(2, options))["snapshot"]["revision"] == before
    other = {**options, "public_key": options["public_key"].replace("= ", "= another ")}
    other["address"] = "127.0.0.2"
    error = line.ask(messages.Connect(3, other)).error
    assert error and error["code"] == "session_running"
    assert "address 127.0.0.1" in error["cause"]
    assert phase(line) == "connected"


def test_a_session_that_is_there_takes_no_token_and_a_question_adds_no_desktop(
    line: Line, options: dict[str, Any]
) -> None:
    same = {**options, "desktop": True}
    answer = line.result(messages.Connect(1, same, dry_run=True))
    assert answer["token_needed"] is False
    assert answer["snapshot"]["desktop"]["phase"] == "idle"
    error = line.ask(messages.Connect(2, {"tunnel": "ngrok"}, dry_run=True)).error
    assert error and error["code"] == "session_running"
    assert phase(line) == "connected"


def test_python_is_the_one_of_the_kernel_that_connects(
    backend: Spawned, options: dict[str, Any], tmp_path: Path
) -> None:
    """The backend may have been started by a kernel of another Python."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    with Line() as line:
        connect(line, options, {"PATH": path})
        config = (paths.runtime_directory() / "session" / "sshd_config").read_text()
        begins = re.search(r"^ForceCommand /bin/sh (\S+)/enter$", config, re.M)
        assert begins
        told = Path(begins[1], "environment").read_text()
    assert f"export PATH={path}\n" in told


def test_one_folder_may_be_for_state_and_for_what_runs(
    runtime: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second backend finds the files of the first one, its lock among them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(runtime.parent))
    fingerprints = set()
    for _ in range(2):
        spawned = Spawned.start()
        with Line() as line:
            connect(line, options)
            details = line.result(messages.GetDetails(1))["details"]
            fingerprints.add(details["ssh"]["fingerprint"])
        spawned.end()
    assert len(fingerprints) == 1


def test_disconnecting_leaves_nothing_open(line: Line, backend: Spawned) -> None:
    port = line.result(messages.GetDetails(1))["details"]["ssh"]["port"]
    assert descendants(backend.pid)
    assert line.result(messages.Disconnect(2))["snapshot"]["phase"] == "idle"
    assert not descendants(backend.pid)
    assert list((paths.runtime_directory() / "session").iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 20)
    assert line.result(messages.Status(3))["details"] is None


def test_it_outlives_the_client_that_opened_it(backend: Spawned, options: dict[str, Any]) -> None:
    with Line() as first:
        first.say(messages.Connect(1, options))
        assert isinstance(first.hear(), messages.Reply)
    with Line() as second:
        eventually(lambda: phase(second) == "connected")


def test_closing_goes_on_when_the_client_that_asked_for_it_leaves(
    own_backend: Spawned, options: dict[str, Any]
) -> None:
    """A kernel is restarted, or Ctrl-C pressed, in the moment after Disconnect."""
    for moment in (0.0, 0.01, 0.02, 0.04, 0.08):
        with Line() as line, Line() as leaving:
            connect(line, options)
            leaving.say(messages.Disconnect(1, force=True))
            time.sleep(moment)
        with Line() as line:
            # Whether it was early enough to be heard or not: nothing may be stuck.
            eventually(lambda: phase(line) != "closing", 5, lambda: "closing for ever")
            assert line.result(messages.Disconnect(2, force=True))["snapshot"]["phase"] == "idle"


def test_the_backend_takes_the_session_with_it(
    own_backend: Spawned, options: dict[str, Any]
) -> None:
    with Line() as line:
        connect(line, options)
        children = descendants(own_backend.pid)
        assert children
    own_backend.end()
    eventually(lambda: not [pid for pid in children if Path(f"/proc/{pid}").exists()])
