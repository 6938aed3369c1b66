"""Without root: the account's own sshd, opened with its own key, and nothing of the system."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.desktop.vnc_viewer import Viewer
from tests.kit.machine.bare_machine import MakeBare
from tests.kit.machine.guest import guest_runs, guest_view
from tests.kit.machine.keys import identity, keypair
from tests.kit.machine.plain_user import PlainUser
from tests.kit.machine.ssh_client import ssh
from tests.kit.waiting import eventually


@pytest.fixture
def user() -> Iterator[PlainUser]:
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    made = PlainUser()
    try:
        yield made
    finally:
        made.close()


def test_the_own_key_opens_the_own_account(user: PlainUser, tmp_path: Path) -> None:
    details = user.connect()

    who = ssh(details, "id -un", folder=tmp_path, options=user.options())

    assert who.stdout == f"{user.name}\n", who.stderr
    assert details["ssh"]["user"] == user.name
    assert details["ssh"]["password"] is None
    assert details["ssh"]["verified"]
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger], check=True)
    others = ("-o", "IdentitiesOnly=yes", "-i", str(stranger), "-o", "BatchMode=yes")
    refused = ssh(details, "id -un", folder=tmp_path, options=others)
    assert "Permission denied (publickey)" in refused.stderr


def test_the_runtime_directory_may_be_below_tmp(user: PlainUser, tmp_path: Path) -> None:
    folder = user.folder / "run"
    folder.mkdir(mode=0o700)
    shutil.chown(folder, user.name)
    user.environment["XDG_RUNTIME_DIR"] = str(folder)
    details = user.connect()

    who = ssh(details, "id -un", folder=tmp_path, options=user.options())

    assert who.stdout == f"{user.name}\n", who.stderr


def test_commands_and_shells_find_what_the_notebook_finds(user: PlainUser, tmp_path: Path) -> None:
    tool = user.programs / "own-tool"
    tool.write_text("#!/bin/sh\necho found own-tool\n")
    tool.chmod(0o755)
    details = user.connect()

    command = ssh(details, 'echo "$PATH"; own-tool', folder=tmp_path, options=user.options()).stdout
    shell = ssh(
        details,
        folder=tmp_path,
        options=(*user.options(), "-tt"),
        text='echo "PATH is $PATH"; own-tool; case $- in *i*) echo interactive;; esac; exit\n',
    ).stdout

    path, found = command.splitlines()
    # The folder of the notebook's Python may stand before all.
    assert path.endswith(user.environment["PATH"])
    assert found == "found own-tool"
    assert f"PATH is {path}" in shell
    assert "found own-tool" in shell
    assert "\ninteractive\n" in shell


def test_files_are_copied_both_ways(user: PlainUser, tmp_path: Path) -> None:
    details = user.connect()
    (tmp_path / "there.bin").write_bytes(bytes(range(256)) * 1000)
    batch = f"put {tmp_path}/there.bin there.bin\nget there.bin {tmp_path}/back.bin\n"
    place = details["ssh"]
    (tmp_path / "known_hosts").write_text(place["known_hosts"] + "\n")

    program = ["sftp", "-F", "none", "-P", str(place["port"]), *user.options()]
    trusted = ["-o", f"UserKnownHostsFile={tmp_path}/known_hosts"]

    copied = subprocess.run(
        [*program, *trusted, "-b", "-", f"{user.name}@{place['host']}"],
        input=batch,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert copied.returncode == 0, copied.stderr
    assert (tmp_path / "back.bin").read_bytes() == (tmp_path / "there.bin").read_bytes()
    assert (user.home / "there.bin").stat().st_size == 256_000


def test_a_runtime_directory_of_another_account_leads_to_the_next_place(user: PlainUser) -> None:
    """`su` leaves XDG_RUNTIME_DIR as it was."""
    closed = user.folder / "of-root"
    closed.mkdir(mode=0o700)
    user.environment["XDG_RUNTIME_DIR"] = str(closed)

    assert user.connect()["ssh"]["verified"]

    assert not list(closed.iterdir())
    # A terminal of the same account, without that variable, finds the same backend.
    del user.environment["XDG_RUNTIME_DIR"]
    assert user.colabwidget("status").stdout.startswith("Phase: connected\n")
    assert user.runtime.is_dir()


def test_a_password_cannot_be_had(user: PlainUser) -> None:
    error = user.failure()

    assert error["code"] == "public_key_needed"
    assert "Without root" in error["cause"]
    assert error["field"] == "public_key"


def test_another_account_cannot_be_had(user: PlainUser) -> None:
    error = user.failure("--user", "somebody", "--public-key", f"{user.key}.pub")

    assert error["code"] == "no_root_other_user"
    assert user.name in error["cause"]
    assert user.connect("--user", user.name)["ssh"]["user"] == user.name


def test_disconnect_leaves_nothing(user: PlainUser, tmp_path: Path) -> None:
    details = user.connect()
    # Something that would outlive its shell: it belongs to the session all the same.
    stays = "setsid -f sleep 1000 < /dev/null > /dev/null 2>&1"
    ssh(details, stays, folder=tmp_path, options=user.options())
    assert any("sleep 1000" in line for line in user.processes())

    assert user.colabwidget("disconnect").returncode == 0

    # The backend and its guard wait for a next time, and end when none comes.
    left = user.processes()
    assert len(left) == 2, left
    assert any("colabwidget.backend" in line for line in left)
    assert any("guard.py" in line for line in left)
    assert not list((user.runtime / "session").iterdir())
    again = user.connect()
    assert again["ssh"]["fingerprint"] == details["ssh"]["fingerprint"]
    assert user.colabwidget("disconnect").returncode == 0


def test_a_killed_backend_leaves_no_program(user: PlainUser, tmp_path: Path) -> None:
    """Its guard ends what has left its shell, and is gone itself then."""
    details = user.connect()
    stays = "setsid -f sh -c 'trap \"\" TERM HUP; sleep 1000' < /dev/null > /dev/null 2>&1"
    ssh(details, stays, folder=tmp_path, options=user.options())
    assert any("sleep 1000" in line for line in user.processes())
    listed = ["pgrep", "-u", user.name, "-f", "colabwidget[.]backend"]
    backend = subprocess.check_output(listed, text=True).split()
    assert len(backend) == 1

    os.kill(int(backend[0]), signal.SIGKILL)

    eventually(lambda: not user.processes(), what=lambda: f"{user.processes()}")
    assert not (user.runtime / "session").exists()
    assert user.connect()["ssh"]["user"] == user.name
    assert user.colabwidget("disconnect").returncode == 0


def test_the_backend_leaves_nothing_when_it_ends(user: PlainUser) -> None:
    user.environment["COLABWIDGET_IDLE_LIMIT"] = "0.5"
    user.connect()
    assert user.colabwidget("disconnect").returncode == 0

    eventually(lambda: not user.processes())

    left = [path.name for path in user.runtime.rglob("*")]
    assert left == ["lock"]


@pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server")
@pytest.mark.usefixtures("only_desktop")
def test_the_desktop_is_the_own_account_s(user: PlainUser, tmp_path: Path) -> None:
    details = user.connect("--desktop")
    desktop = details["desktop"]

    with Viewer(desktop["port"], desktop["password"]) as viewer:
        eventually(lambda: viewer.picture().std() > 10)
    command = f"DISPLAY={desktop['display']} {user.runtime}/colabwidget-{user.name}/bin/vglrun"
    shown = ssh(details, f"{command} glxinfo -B", folder=tmp_path, options=user.options()).stdout
    assert desktop["renderer"] in shown
    assert not Path("/usr/local/bin/vglrun").exists()
    assert user.colabwidget("desktop", "off").returncode == 0
    eventually(lambda: not [line for line in user.processes() if "xfce" in line.lower()])
    assert not Path(f"/tmp/.X{desktop['display'][1:]}-lock").exists()


def test_a_desktop_that_root_would_have_to_install_is_refused(
    user: PlainUser, bare: MakeBare
) -> None:
    machine = bare(("tigervnc-standalone-server", "tigervnc-tools"))
    connect = ["connect", "--tunnel", "direct", "--address", "127.0.0.1", "--json", "--desktop"]

    done = machine.run(
        *("setpriv", f"--reuid={user.name}", f"--regid={user.name}", "--clear-groups"),
        *(user.python, "-m", "colabwidget", *connect, "--public-key", f"{user.key}.pub"),
        environment=user.environment,
    )

    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["field"]) == ("no_root_no_desktop", "desktop")
    assert "tigervnc-standalone-server, tigervnc-tools" in error["cause"]


def test_a_guest_of_the_own_account_sees_one_terminal_and_nothing_else(
    user: PlainUser, tmp_path: Path
) -> None:
    key, public = keypair(tmp_path)
    details, own = user.connect(), identity(key)
    with user.terminal("PS1=; echo was-$((1 + 1))\n") as terminal:
        assert terminal.stdout and terminal.stdin
        while b"was-2" not in terminal.stdout.readline():
            pass
        assert "A guest needs a key here." in user.colabwidget("invite").stderr
        taken = user.colabwidget("invite", "--key", Path(f"{user.key}.pub").read_text())
        assert "This key is in use already." in taken.stderr
        made = user.colabwidget("invite", "--json", "--key", public.read_text())
        assert made.returncode == 0, made.stderr
        told = json.loads(made.stdout)
        again = user.colabwidget("invite", "--key", public.read_text())
        assert "This key is in use already." in again.stderr

        with guest_view(told, tmp_path, *own) as guest:
            guest.until("was-2")
            guest.type(b"touch ~/typed\recho typed-$((4 + 5))\r")
            terminal.stdin.write(b"echo now-$((1 + 2))\n")
            terminal.stdin.flush()
            assert b"typed-9" not in guest.until("now-3")
            assert f'"guest": "{told["name"]}"' in user.colabwidget("status", "--json").stdout
            for words in (["-T", "id"], ["-A", "-T", "bash"], ["-T", "-s", "sftp"]):
                done = guest_runs(told, tmp_path, *own, *words)
                assert (done.returncode, done.stdout) == (1, ""), done
            sshd = details["ssh"]["port"]
            for forward in (f"-R0:127.0.0.1:{sshd}", "-w0:0"):
                options = ["-o", "ExitOnForwardFailure=yes", "-N", forward]
                assert guest_runs(told, tmp_path, *own, *options).returncode == 255
            through = guest_runs(told, tmp_path, *own, "-W", f"127.0.0.1:{sshd}")
            assert "prohibited" in through.stderr
            # The owner's key opens all that it did.
            who = ssh(details, "id -un", folder=tmp_path, options=user.options())
            assert who.stdout == f"{user.name}\n"
            assert user.colabwidget("revoke", told["name"]).returncode == 0
            assert guest.seconds_until_gone() < 1
    assert not (user.home / "typed").exists()
    assert "Permission denied" in guest_runs(told, tmp_path, *own).stderr
    assert not list(user.runtime.glob("*guest*"))
