"""A quick tunnel: a real sshd, a real ssh, and a stand-in for cloudflared that really forwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.system.machine import architecture
from colabwidget.tunnels.cloudflare.spec import VERSION
from tests.doubles import cloudflared_binary, install_cloudflared, set_cloudflared
from tests.doubles.releases import ReleaseServer
from tests.kit.fault_matrix import Scene, assert_nothing_left
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh, ssh_password
from tests.kit.waiting import eventually

RELEASED = (
    f"https://github.com/cloudflare/cloudflared/releases/download/{VERSION}/"
    f"cloudflared-linux-{architecture()}"
)
SLOW = pytest.mark.slow
needs_compiler = pytest.mark.skipif(
    not (shutil.which("cc") and shutil.which("openssl")), reason="needs cc and openssl"
)

# Connects, cancels once something is being downloaded, and says how it ended.
CANCELLER = """
import sys, time
from colabwidget.ipc import client, messages
from colabwidget.core.options import Options
options = Options(tunnel="cloudflare", user=sys.argv[1]).checked().as_dict()
seen = []
backend = client.ensure(lambda event: seen.append(event))
backend.connect(options, "", {})
deadline = time.monotonic() + 20
while not any("downloading" in step["detail"] for event in seen
              if isinstance(event, messages.State) for step in event.snapshot["steps"]):
    assert time.monotonic() < deadline, seen
    time.sleep(0.01)
print(backend.cancel()["snapshot"]["phase"])
"""


@pytest.fixture
def elsewhere(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in on the client's PATH only."""
    made = install_cloudflared(machine.folder / "client")
    monkeypatch.setenv("PATH", f"{made.parent}:{os.environ['PATH']}")
    return made


@pytest.fixture
def program(machine: Machine, elsewhere: Path) -> Path:
    """The stand-in on this machine's PATH as well."""
    machine.environment["PATH"] = f"{elsewhere.parent}:{machine.environment['PATH']}"
    return elsewhere


@pytest.fixture
def releases(
    machine: Machine, elsewhere: Path, tmp_path: Path
) -> Iterator[tuple[ReleaseServer, Path]]:
    """A mirror that has the program, and the released file."""
    with ReleaseServer() as server:
        machine.environment |= {
            "COLABWIDGET_RELEASES": server.url,
            "SSL_CERT_FILE": str(server.ca),
            "COLABWIDGET_SUMS": str(server.sums),
            "no_proxy": "*",
        }
        released = cloudflared_binary(tmp_path / "released", elsewhere, padding=1_000_000)
        server.offer(RELEASED, released)
        yield server, released


def scene_of(machine: Machine, folder: Path) -> Scene:
    return Scene(machine, folder, kept={"arguments": (), "tunnel": "cloudflare"})


def kept(machine: Machine) -> Path:
    return machine.folder / "state" / "colabwidget" / "cloudflared"


def ssh_by_config(details: dict[str, Any], folder: Path, command: str) -> str:
    """What a command prints, with the block of the details as all that ssh knows."""
    known_hosts, config = folder / "known_hosts", folder / "ssh_config"
    known_hosts.write_text(details["ssh"]["known_hosts"] + "\n")
    config.write_text(f"{details['ssh']['config']}  UserKnownHostsFile {known_hosts}\n")
    with ssh_password(details["ssh"]["password"]) as environment:
        done = subprocess.run(
            ["ssh", "-F", str(config), "-o", "StrictHostKeyChecking=yes", "colabwidget", command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_command_and_the_block_of_the_details_lead_in(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    # What the user has for tunnels with an account is not meant, and would be in the way.
    own = machine.folder / "home" / ".cloudflared"
    own.mkdir()
    (own / "config.yml").write_text("tunnel: mine\ncredentials-file: /nowhere.json\n")
    set_cloudflared(program, record=str(tmp_path / "record"))
    scene = scene_of(machine, tmp_path)

    details = scene.connect(tunnel="cloudflare")

    host = details["ssh"]["host"]
    assert host.endswith(".trycloudflare.com")
    assert details["ssh"]["verified"] is True
    proxy = "cloudflared access ssh --hostname %h"
    assert details["ssh"]["command"] == f'ssh -o ProxyCommand="{proxy}" {machine.user}@{host}'
    assert scene.signs_in()
    assert ssh_by_config(details, tmp_path, "whoami") == machine.user
    many = "x" * 3_000_000
    assert ssh(details, "cat", folder=tmp_path, text=many).stdout == many
    started = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
    tunnels = [each for each in started if each["argv"][:1] == ["tunnel"]]
    assert len(tunnels) == 1 and "--no-autoupdate" in tunnels[0]["argv"]
    assert not [name for name in tunnels[0]["environment"] if name.startswith("TUNNEL_")]
    machine.disconnect()
    assert_nothing_left(scene)
    assert not list((program.parent / "edge").iterdir())


@pytest.mark.parametrize(
    ("behaviour", "code", "part"),
    [
        ({"refused": 429}, "cloudflare_busy", "(429)"),
        pytest.param(
            {"refused": 500}, "tunnel_failed", "api.trycloudflare.com answered with 500", marks=SLOW
        ),
        ({"no_network": True}, "no_network", "lookup api.trycloudflare.com"),
        pytest.param(
            {"no_network": "x509"}, "tls_intercepted", "replaces certificates", marks=SLOW
        ),
        pytest.param(
            {"exit_at_once": 3}, "tunnel_failed", "ended at once and said nothing", marks=SLOW
        ),
        pytest.param(
            {"no_version": True}, "program_unusable", "It said: Illegal instruction.", marks=SLOW
        ),
    ],
)
def test_a_refusal_is_told_and_connect_works_again(
    machine: Machine, program: Path, behaviour: dict[str, Any], code: str, part: str
) -> None:
    set_cloudflared(program, **behaviour)
    error = machine.failure(tunnel="cloudflare")
    assert (error["code"], part in error["cause"]) == (code, True), error
    offered = [offer["options"]["tunnel"] for offer in error["offers"]]  # type: ignore[index]
    assert offered == ([] if code == "no_network" else ["relay", "direct", "through"])
    assert not (machine.runtime / "session" / "cloudflared.yml").exists()
    if code == "cloudflare_busy":
        set_cloudflared(program)
        assert machine.connect(tunnel="cloudflare")["ssh"]["verified"]


@needs_compiler
def test_the_program_is_fetched_once_and_again_when_it_is_broken(
    machine: Machine, releases: tuple[ReleaseServer, Path], tmp_path: Path
) -> None:
    server, released = releases
    scene = scene_of(machine, tmp_path)
    scene.connect(tunnel="cloudflare")
    assert scene.signs_in()
    assert kept(machine).read_bytes() == released.read_bytes()
    assert kept(machine).stat().st_mode & 0o777 == 0o700
    assert "Downloading cloudflared from localhost." in machine.journal()
    machine.disconnect()
    assert_nothing_left(scene)

    scene.connect(tunnel="cloudflare")
    machine.disconnect()
    assert len(server.requests) == 1

    # A program that runs and is another one is none.
    shutil.copy("/bin/true", kept(machine))
    scene.connect(tunnel="cloudflare")
    machine.disconnect()
    assert kept(machine).read_bytes() == released.read_bytes()
    assert len(server.requests) == 2
    assert f"{kept(machine)} is not used. It is not version {VERSION}." in machine.journal()

    kept(machine).write_bytes(released.read_bytes()[:5000])
    scene.connect(tunnel="cloudflare")
    assert scene.signs_in()
    assert kept(machine).read_bytes() == released.read_bytes()
    assert len(server.requests) == 3


@needs_compiler
def test_a_download_that_fails_is_told_and_leaves_nothing(
    machine: Machine, releases: tuple[ReleaseServer, Path], tmp_path: Path
) -> None:
    server, _ = releases
    server.fail(RELEASED, status=404)
    error = machine.failure(tunnel="cloudflare")
    assert error["code"] == "program_download_failed"
    assert "It was not found at localhost" in error["cause"]
    text = tmp_path / "page.html"
    text.write_text("<html>Sign in to this network</html>\n")
    server.offer(RELEASED, text)
    error = machine.failure(tunnel="cloudflare")
    assert error["cause"] == "It is no program for Linux on 64 bits."
    assert not list(kept(machine).parent.glob("*cloudflared*"))


@needs_compiler
def test_a_cancel_while_it_is_downloaded_leaves_nothing(
    machine: Machine, releases: tuple[ReleaseServer, Path], tmp_path: Path
) -> None:
    server, _ = releases
    server.fail(RELEASED, hold_after=300_000)
    done = subprocess.run(
        [machine.python, "-c", CANCELLER, machine.user],
        env=machine.environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )
    assert done.stdout.strip() == "idle", done.stderr
    scene = scene_of(machine, tmp_path)
    assert_nothing_left(scene)
    assert not list(kept(machine).parent.glob("*cloudflared*"))
    server.hang_up()
    server.offer(RELEASED, releases[1])
    scene.connect(tunnel="cloudflare")
    assert scene.signs_in()


def test_who_is_refused_by_ngrok_takes_the_offer_and_gets_in(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    machine.agent(start_error_on_post="8013")
    error = machine.failure()
    assert error["code"] == "ngrok_8013"
    offers: list[Any] = error["offers"]  # type: ignore[assignment]
    offer = next(each for each in offers if each["options"]["tunnel"] == "cloudflare")
    assert offer["title"] == "Use Cloudflare"

    details = machine.connect(tunnel=offer["options"]["tunnel"])

    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    eventually(lambda: machine.status()["error"] is None)
