"""An SSH relay, real on both ends: machine, server and client each in a network of their own."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.kit.fault_matrix import Scene, aftermath
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line
from tests.kit.machine.relay_server import RelayServer, asked, key_of, make_key, welcome
from tests.kit.machine.ssh_client import ssh, ssh_password
from tests.kit.waiting import eventually


def test_the_whole_story_of_a_new_server(
    relayed: Machine, relay: RelayServer, tmp_path: Path
) -> None:
    # Met for the first time: its key is shown, and there is no sign-in yet.
    unknown = asked(relayed, relay)
    assert unknown["code"] == "server_key_unknown"
    assert relay.fingerprint in unknown["cause"]
    assert unknown["offers"] == [
        {"title": "Trust this key", "options": {"server_key": relay.fingerprint}}
    ]

    arguments = welcome(relayed, relay)
    details = relayed.connect(*arguments, tunnel="relay")
    assert details["tunnel"]["endpoint"]["host"] == relay.address
    assert details["ssh"]["verified"]
    who = ssh(details, "whoami", folder=tmp_path, outside=relayed.outside)
    assert who.stdout == f"{relayed.user}\n", who.stderr

    # Another notebook need not say the key again, while it is there and afterwards.
    assert relayed.connect("--server", relay.server, tunnel="relay") == details
    relayed.disconnect()
    relayed.connect("--server", relay.server, tunnel="relay")
    relayed.disconnect()
    assert not list((relayed.runtime / "session").iterdir())

    # Another machine stands between, or the server is another one.
    relay.stop()
    relay.new_host_key()
    relay.start()
    other = asked(relayed, relay)
    assert other["code"] == "server_key_other"
    assert relay.fingerprint in other["cause"] and not other["offers"]
    assert asked(relayed, relay, *arguments[2:])["code"] == "server_key_other"


@pytest.mark.slow
def test_a_server_that_keeps_its_port_is_a_jump_host(
    relayed: Machine, relay: RelayServer, tmp_path: Path
) -> None:
    relay.stop()
    relay.configure("no")
    relay.start()
    details = relayed.connect(*welcome(relayed, relay), tunnel="relay")
    endpoint = details["tunnel"]["endpoint"]
    assert (endpoint["host"], endpoint["jump"]) == ("localhost", relay.server)
    assert details["ssh"]["verified"]
    assert (
        f"ssh -J {relay.server} -p {endpoint['port']} {relayed.user}@localhost"
        == (details["ssh"]["command"])
    )

    # The client signs in to the server with its own key, as usual.
    relay.let_in(make_key(tmp_path / "own"))
    (tmp_path / "known").write_text(
        relay.known_hosts(tmp_path / "known").read_text() + details["ssh"]["known_hosts"] + "\n"
    )
    config = tmp_path / "config"
    config.write_text(
        f"{details['ssh']['config']}\nHost {relay.address}\n  IdentityFile {tmp_path / 'own'}\n"
        f"Host *\n  UserKnownHostsFile {tmp_path / 'known'}\n  StrictHostKeyChecking yes\n"
    )
    with ssh_password(details["ssh"]["password"]) as environment:
        done = subprocess.run(
            [*relayed.outside, "ssh", "-F", config, "colabwidget", "whoami"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
    assert done.stdout == f"{relayed.user}\n", done.stderr


@pytest.mark.slow
def test_a_key_of_the_user_s_signs_in(relayed: Machine, relay: RelayServer, tmp_path: Path) -> None:
    own = tmp_path / "id_ed25519"
    relay.let_in(make_key(own))
    trust = ("--server-key", relay.fingerprint)

    details = relayed.connect(
        "--server", relay.server, *trust, "--identity", str(own), tunnel="relay"
    )

    assert details["ssh"]["verified"]
    relayed.disconnect()
    bad = {
        str(tmp_path / "nowhere"): "No such file",
        f"{own}.pub": "It is no private key.",
    }
    for path, reason in bad.items():
        error = asked(relayed, relay, *trust, "--identity", path)
        assert error["code"] == "identity_unusable" and reason in error["cause"]
    own.chmod(0o644)
    error = asked(relayed, relay, *trust, "--identity", str(own))
    assert error["code"] == "identity_unusable" and "chmod 600" in error["cause"]


@pytest.mark.slow
def test_what_a_server_may_refuse(relayed: Machine, relay: RelayServer) -> None:
    arguments = welcome(relayed, relay)[2:]
    relay.stop()
    relay.configure("no", "AllowTcpForwarding no")
    relay.start()
    assert asked(relayed, relay, *arguments)["code"] == "server_no_forward"
    relay.stop()
    silent = asked(relayed, relay, *arguments)
    assert silent["code"] == "server_unreachable"
    assert not list((relayed.runtime / "session").iterdir())
    nobody = relayed.failure("--server", "ada@nowhere.invalid", tunnel="relay")
    assert nobody["code"] == "server_unreachable"
    relay.start()


@pytest.mark.parametrize(
    "server", ["ada@", "-oProxyCommand=true", "a b@host", "host:0", "host:99999", "ada@host;id"]
)
def test_what_is_no_server_changes_nothing(server: str, tmp_path: Path) -> None:
    machine = Machine.make()
    try:
        done = machine.run("connect", "--tunnel", "relay", f"--server={server}", "--json")
        assert '"code": "server_invalid"' in done.stdout
        assert machine.backend_pid() is None
    finally:
        machine.close()


def test_cancel_leaves_nothing(relayed: Machine, relay: RelayServer, tmp_path: Path) -> None:
    arguments = welcome(relayed, relay)
    relay.stop()
    relay.configure("clientspecified", "LoginGraceTime 30")
    # Who signs in waits: the server's key command takes its time.
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 20\n")
    slow.chmod(0o755)
    relay.configure(
        "clientspecified", f"AuthorizedKeysCommand {slow}\nAuthorizedKeysCommandUser root"
    )
    relay.keys.write_text("")
    relay.start()
    scene = Scene(relayed, tmp_path, kept={"arguments": arguments, "tunnel": "relay"})
    with subprocess.Popen(
        relayed.command("connect", "--tunnel", "relay", "--user", relayed.user, *arguments),
        env=relayed.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
    ) as connecting:
        eventually(lambda: scene.backend and "ExitOnForwardFailure" in str(scene_lines(scene)))
        with aftermath(scene):
            connecting.send_signal(signal.SIGINT)
            assert connecting.wait(20) == 130
            relay.stop()
            relay.configure("clientspecified")
            relay.let_in(key_of(relayed))
            relay.start()


def scene_lines(scene: Scene) -> list[str]:
    return [command_line(pid) for pid in scene.children()]
