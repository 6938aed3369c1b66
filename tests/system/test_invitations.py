"""A guest sees one terminal of the notebook and nothing else, until the invitation ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import random
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from colabwidget.control.presence import end_presence
from tests.kit.loops import run_apart
from tests.kit.machine.accounts import changing_accounts
from tests.kit.machine.guest import (
    OwnersTerminal,
    guest_arguments,
    guest_runs,
    guest_view,
    invited,
)
from tests.kit.machine.keys import identity, keypair
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import kill_with_guard
from tests.kit.machine.ssh_client import ssh
from tests.kit.waiting import eventually

REFUSED = "it runs no commands and copies no files"


def is_there(told: dict[str, Any]) -> bool:
    """Whether anything of a guest is left on the machine."""
    try:
        pwd.getpwnam(told["name"])
    except KeyError:
        return any(Path("/run").glob(f"*{told['name']}*"))
    return True


@pytest.fixture
def owner(machine: Machine) -> Iterator[OwnersTerminal]:
    """The terminal of a session that is open."""
    machine.connect(tunnel="direct")
    terminal = OwnersTerminal(machine)
    terminal.run("PS1=; echo was-$((1 + 1))")
    yield terminal
    terminal.close()


def state_of(owner: OwnersTerminal) -> int:
    """The number of a shell's latest command; its terminal, options and folder are as they were."""
    said = owner.run('echo "<$(history 1 | cut -c1-7) $(set -o | cksum) $(stty -a | cksum) $PWD>"')
    number, *rest = said.rpartition("<")[2].partition(">")[0].split()
    owner.state = owner.state or rest
    assert rest == owner.state
    return int(number)


def test_a_guest_with_a_password_watches_once_and_types_nothing(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    told = invited(machine)
    assert told["password"] and told["password"] not in machine.journal()
    with guest_view(told, tmp_path) as guest:
        guest.until("was-2")
        owner.type("echo now-$((1 + 2))\n")
        guest.until("now-3")
        (one,) = machine.status()["present"][:1]
        assert (one["kind"], one["guest"], one["way"]) == ("ssh", told["name"], "password")
        assert machine.status()["invitations"][0]["present"]
        # The one that keeps the door open is the owner's terminal; a guest would not.
        said = machine.run("status").stdout
        assert f"guest {told['name']}" in said and "sees a terminal" in said

        # The password is valid no more, and a second view of the same guest is none.
        assert "Permission denied" in guest_runs(told, tmp_path, "-tt").stderr

        before = state_of(owner)
        noise = random.Random(4).randbytes(20_000).translate(None, b"\x03\x04")
        for start in range(0, len(noise), 1000):
            guest.type(noise[start : start + 1000])
            guest.look()
        guest.type(b"\recho typed-$((4 + 5))\r\n\x1b[200~echo pasted\r\x1b[201~\x15\x1a\x1c")
        time.sleep(0.5)
        assert state_of(owner) == before  # the same command twice in a row counts once

        revoked = machine.run("revoke", told["name"])
        assert revoked.returncode == 0
        assert guest.seconds_until_gone() < 1.0
        assert b"The view has ended." in guest.look()
    assert not is_there(told)
    assert machine.run("invitations").stdout == ""
    log = machine.journal()
    for word in ("Invited for 30 min, by one-time password", "was used", "ended: it was revoked"):
        assert word in log
    assert "typed-9" not in owner.run("true")


async def _is_refused(work: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(work, 10)
    except (asyncssh.Error, asyncssh.ChannelListenError, OSError):
        return True
    return False


async def _channels(told: dict[str, Any], key: Path, port: int, place: str) -> dict[str, bool]:
    """What of all that a client may ask for is refused."""
    found: dict[str, bool] = {}
    words = told["command"].split()
    user, host = words[-1].split("@")
    at = int(words[words.index("-p") + 1])

    async def on(what: str, ask: Callable[[asyncssh.SSHClientConnection], Awaitable[Any]]) -> None:
        async with asyncssh.connect(
            host, at, username=user, client_keys=[str(key)], known_hosts=None, config=None
        ) as connection:
            found[what] = await _is_refused(ask(connection))

    await on("sftp", lambda each: each.start_sftp_client())
    await on("tcp", lambda each: each.open_connection("127.0.0.1", port))
    await on("unix", lambda each: each.open_unix_connection(place))
    await on("remote", lambda each: each.forward_remote_port("", 0, "127.0.0.1", port))
    await on("remote unix", lambda each: each.forward_remote_path(f"/tmp/{user}", place))
    await on("tun", lambda each: each.open_tun())
    await on("tap", lambda each: each.open_tap())
    await on("x11", lambda each: each.create_process(term_type="xterm", x11_forwarding=True))

    async def two(connection: asyncssh.SSHClientConnection) -> None:
        await connection.create_process(term_type="xterm")
        await connection.create_process(term_type="xterm")

    await on("two sessions", two)

    async def environment(connection: asyncssh.SSHClientConnection) -> None:
        await connection.create_process(term_type="xterm", env={"EVIL": "1"})
        (pid,) = eventually(lambda: watching(user))
        variables = Path(f"/proc/{pid}/environ").read_bytes()
        found["environment"] = b"EVIL" not in variables
        found["agent"] = b"SSH_AUTH_SOCK" not in variables
        raise OSError

    await on("environment or agent", environment)
    return found


def watching(user: str) -> list[int]:
    listed = subprocess.run(["pgrep", "-u", user, "-f", "watch.py"], capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]


def test_a_guest_can_do_nothing_else_on_any_channel(machine: Machine, tmp_path: Path) -> None:
    key, public = keypair(tmp_path)
    assert "There is no connection." in machine.run("invite").stderr
    # A session that a key opens has no password; a guest may have one.
    machine.connect("--public-key", str(public), tunnel="direct")
    assert "There is no terminal to show." in machine.run("invite").stderr
    assert "That is no time" in machine.run("invite", "--minutes", "481").stderr
    said = machine.run("invite", "--key", key.read_text())
    assert said.returncode == 1 and "PRIVATE" not in said.stderr
    OwnersTerminal(machine).run("echo")
    with guest_view(invited(machine), tmp_path) as guest:
        guest.until("You see a shell.")
        # No page shows the terminal: a guest alone keeps no session open.
        eventually(lambda: machine.status()["closing"], what=lambda: str(machine.status()))
        guest.type(b"\x03")
        guest.seconds_until_gone()
    eventually(lambda: machine.status()["invitations"] == [])  # its one sign-in has ended

    told = invited(machine, "--key", str(public))
    own = identity(key)
    assert told["password"] is None
    done = guest_runs(told, tmp_path, *own, "-A", "-T", "id")
    assert (done.returncode, done.stdout) == (1, "") and REFUSED in done.stderr
    target = told["command"].split()[-1]
    port = told["command"].split()[told["command"].split().index("-p") + 1]
    trust = guest_arguments(told, tmp_path)[len(told["command"].split()) :]
    for program in (["sftp", "-P", port], ["scp", "-O", "-P", port], ["scp", "-P", port]):
        place = [target] if program[0] == "sftp" else [f"{target}:/etc/passwd", str(tmp_path)]
        copied = subprocess.run(
            [*program, *trust, *own, *place], capture_output=True, text=True, input="", timeout=60
        )
        assert copied.returncode != 0, copied
    assert not (tmp_path / "passwd").exists()
    found = run_apart(_channels(told, key, int(port), str(machine.runtime / "backend.sock")))
    assert len(found) == 12 and all(found.values()), found

    # Whatever runs as the guest's account gets nowhere either.
    entry = pwd.getpwnam(told["name"])
    assert entry.pw_shell.endswith("/watch") and entry.pw_dir in entry.pw_shell
    become = ["setpriv", "--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid)]
    become += ["--clear-groups", "--", "/bin/sh", "-c"]
    for command in (
        f"cat {machine.runtime}/journal.log",
        f"ls {machine.folder}/home",
        f"test -w {entry.pw_dir} || touch {entry.pw_dir}/x",
        f"rm {entry.pw_dir}/socket",
        f"sudo -n true || cat /etc/sudoers.d/colabwidget-{machine.user}",
    ):
        assert subprocess.run([*become, command], capture_output=True).returncode != 0, command
    for name in ("backend.sock", "streams.sock"):
        ask = f"import socket; socket.socket(1).connect('{machine.runtime}/{name}')"
        done = subprocess.run(
            [*become, f'/usr/bin/python3 -c "{ask}"'], capture_output=True, text=True
        )
        assert "PermissionError" in done.stderr
    # And another account, root among them, finds nothing at the guest's socket.
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(f"{entry.pw_dir}/socket")
        stream.settimeout(10)
        with contextlib.suppress(ConnectionError):
            stream.sendall(Path(entry.pw_dir, "secret").read_bytes() + b"\n")
            assert stream.recv(100) == b""

    # The session's own way in is as it was.
    details = machine.connect("--public-key", str(public), tunnel="direct")
    came_in = ssh(details, "whoami", folder=tmp_path, options=own).stdout
    assert came_in.strip() == machine.user


def test_a_guest_who_may_type_types_and_each_end_leaves_nothing(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    key, public = keypair(tmp_path)
    told = invited(machine, "--shell", "typing", "--key", str(public))
    with guest_view(told, tmp_path, *identity(key)) as guest:
        guest.until("was-2")
        guest.type(b"echo typed-$((4 + 5))\r")
        owner.until("typed-9")
        # What the guest's terminal answers to a program is not typed.
        owner.data = b""
        asks = "stty -echo -icanon min 1; printf 'asked\\033[6n'; dd bs=99 count=1 2> /dev/null"
        owner.type(f"{asks} | cat -v; stty sane\n")
        guest.until("asked\x1b[6n")
        guest.type(b"\x1b[24;80R\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x1b\\key")
        assert "key" in owner.until("key").rpartition("asked")[2]
        assert ";80R" not in owner.data.decode() and "rgb" not in owner.data.decode()
        owner.run("echo")
        assert machine.run("status", "--json").stdout.count(told["name"]) == 2

        # Ended once, the guest may come again, for as long as the invitation lasts.
        (one,) = [each for each in machine.status()["present"] if each["guest"]]
        assert one["way"].startswith("key ")
        with machine.at_home():
            end_presence(one["name"])
        guest.seconds_until_gone()
    with guest_view(told, tmp_path, *identity(key)) as guest:
        guest.until("was-2")
        # A terminal that ends, ends its invitations.
        owner.type("exit\n")
        guest.seconds_until_gone()
    eventually(lambda: not is_there(told))

    again = OwnersTerminal(machine)
    again.run("echo was-$((1 + 1))")
    others = [invited(machine), invited(machine, "--key", str(public))]
    with guest_view(others[0], tmp_path) as guest:
        guest.until("was-2")
        machine.disconnect()
        guest.seconds_until_gone()
    assert not any(map(is_there, others))
    again.close()

    machine.connect(tunnel="direct")
    again = OwnersTerminal(machine)
    again.run("echo was-$((1 + 1))")
    last = invited(machine)
    with guest_view(last, tmp_path) as guest:
        guest.until("was-2")
        backend = machine.backend_pid()
        assert backend
        os.kill(backend, signal.SIGKILL)
        guest.seconds_until_gone()
    eventually(lambda: not is_there(last))
    again.close()


@pytest.mark.slow
def test_a_backend_that_is_killed_with_its_guard_leaves_a_guest_to_the_next(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    told = invited(machine)
    backend = machine.backend_pid()
    assert backend
    kill_with_guard(backend)
    assert is_there(told)
    machine.connect(tunnel="direct")
    assert not is_there(told)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_backend_that_is_killed_at_any_moment_of_inviting_leaves_no_guest(
    machine: Machine,
) -> None:
    recorded = 0
    for number in range(16):
        machine.connect(tunnel="direct")
        terminal = OwnersTerminal(machine)
        backend = machine.backend_pid()
        assert backend
        asking = subprocess.Popen(
            machine.command("invite"),
            env=machine.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        record = machine.runtime / "session" / "guests"
        eventually(lambda record=record: record.exists() or record.with_suffix(".new").exists())
        time.sleep(number * 0.04)
        os.kill(backend, signal.SIGSTOP)
        names = record.read_text().splitlines() if record.exists() else []
        os.kill(backend, signal.SIGKILL)
        asking.wait(60)
        eventually(lambda: not (machine.runtime / "session").exists())
        for name in (line.partition("\t")[0] for line in names):
            recorded += 1
            assert (
                not is_there({"name": name}) and f"\n{name}:" not in Path("/etc/group").read_text()
            )
        terminal.close()
    assert recorded > 8


@pytest.mark.slow
def test_a_guest_is_gone_when_the_tunnel_is(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    """A session that has failed keeps what runs on the machine, but for guests."""
    told = invited(machine)
    with guest_view(told, tmp_path) as guest:
        guest.until("was-2")
        sshd = subprocess.run(
            ["pgrep", "-P", str(machine.backend_pid()), "-x", "sshd"],
            capture_output=True,
            text=True,
        ).stdout.split()
        # An sshd that is started anew knows the guests.
        os.kill(int(sshd[0]), signal.SIGKILL)
        eventually(lambda: machine.status()["phase"] == "reconnecting")
        eventually(lambda: machine.status()["phase"] == "connected")
    eventually(lambda: not is_there(told))  # the one sign-in has ended
    assert machine.status()["invitations"] == []


@pytest.mark.slow
def test_a_program_that_changes_accounts_keeps_no_guest_in(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    told, later = invited(machine), invited(machine)
    with guest_view(told, tmp_path) as guest, ThreadPoolExecutor() as pool:
        guest.until("was-2")
        with changing_accounts():
            assert machine.run("revoke", told["name"]).returncode == 0
            guest.seconds_until_gone(0.5)
            asking = pool.submit(machine.disconnect)
            refused = guest_runs(later, tmp_path, "-tt")
            assert refused.returncode == 255, refused
            asking.result()
    # What could not be removed then is removed at the next occasion.
    machine.connect(tunnel="direct")
    machine.disconnect()
    assert not is_there(told) and not is_there(later)


@pytest.mark.slow
def test_of_two_who_come_in_at_once_with_a_password_one_sees(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    for _ in range(10):
        told = invited(machine)
        with guest_view(told, tmp_path) as one, guest_view(told, tmp_path) as two:
            eventually(lambda: one.process.poll() is not None or two.process.poll() is not None)
            owner.run("sleep 0.5; echo seen-$((1 + 1))")
            seen = [b"seen-2" in each.look() for each in (one, two)]
            assert seen.count(True) <= 1
        eventually(lambda told=told: not is_there(told))


@pytest.mark.slow
def test_an_invitation_ends_in_time(
    machine: Machine, owner: OwnersTerminal, tmp_path: Path
) -> None:
    told = invited(machine, "--minutes", "1")
    with guest_view(told, tmp_path) as guest:
        guest.until("was-2")
        assert 50 < guest.seconds_until_gone(70) < 62
    eventually(lambda: not is_there(told))
    assert "ended: its time is over" in machine.journal()
