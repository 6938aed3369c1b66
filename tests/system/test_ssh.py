"""A real ssh client signs in through the tunnel, with what the details say."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kit.machine.accounts import changing_accounts, new_user, remove_account
from tests.kit.machine.keys import identity, keypair
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line, kill_with_guard
from tests.kit.machine.ssh_client import ssh, ssh_session
from tests.kit.machine.tokens import find_in_processes
from tests.kit.waiting import eventually


def test_sign_in_through_ngrok_with_the_password(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect()

    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{machine.user}\n"
    assert details["tunnel"]["provider"] == "ngrok"
    assert details["ssh"]["verified"]
    assert len(details["ssh"]["password"]) >= 20
    wrong = ssh(details, "whoami", folder=tmp_path, password="x" * 22)
    assert wrong.returncode == 255
    assert "Permission denied" in wrong.stderr


def test_the_details_fit_openssh_own_tools(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")["ssh"]
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(details["known_hosts"] + "\n")
    config = tmp_path / "config"
    config.write_text(details["config"])

    listed = subprocess.run(["ssh-keygen", "-l", "-f", known_hosts], capture_output=True, text=True)
    read = subprocess.run(
        ["ssh", "-G", "-F", config, "colabwidget"], capture_output=True, text=True
    )

    assert details["fingerprint"] in listed.stdout
    assert f"port {details['port']}\n" in read.stdout
    assert f"user {machine.user}\n" in read.stdout
    assert f"hostname {details['host']}\n" in read.stdout


def test_sessions_see_the_notebook_environment(machine: Machine, tmp_path: Path) -> None:
    machine.environment |= {
        "LD_LIBRARY_PATH": "/usr/lib64-nvidia",
        "CUDA_VISIBLE_DEVICES": "0",
        "COLAB_RELEASE_TAG": "release-colab_2026",
        "COLAB_JUPYTER_TOKEN": "not-for-others",
        "HF_TOKEN": "hf_not_for_others",
    }
    details = machine.connect(tunnel="direct")

    plain = ssh(details, "env", folder=tmp_path).stdout
    login = ssh(details, folder=tmp_path, options=("-tt",), text="env; exit\n").stdout
    sudo = ssh(details, "sudo -n env", folder=tmp_path).stdout

    for seen in (plain, login, sudo):
        assert "LD_LIBRARY_PATH=/usr/lib64-nvidia" in seen
        path = re.search(r"^PATH=(\S+)", seen, re.M)
        assert path and shutil.which("python", path=path[1]) == machine.python
        assert "not-for-others" not in seen
        assert "hf_not" not in seen


def test_the_account_has_sudo_and_files_can_be_copied(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")
    copied = tmp_path / "copied"

    assert ssh(details, "sudo -n id -u", folder=tmp_path).stdout == "0\n"
    ssh(details, "cat > there", folder=tmp_path, text="some text")
    fetched = ssh(details, "cat there", folder=tmp_path)
    copied.write_text(fetched.stdout)
    assert copied.read_text() == "some text"


def test_a_key_opens_the_account_and_then_no_password_exists(
    machine: Machine, tmp_path: Path
) -> None:
    key, public = keypair(tmp_path)

    details = machine.connect("--public-key", str(public), tunnel="direct")

    assert details["ssh"]["password"] is None
    assert (
        ssh(details, "whoami", folder=tmp_path, options=identity(key)).stdout.strip()
        == machine.user
    )
    refused = ssh(details, "whoami", folder=tmp_path, password="whatever")
    assert "Permission denied (publickey)" in refused.stderr
    shadow = Path("/etc/shadow").read_text()
    assert f"\n{machine.user}:*:" in shadow


def test_root_signs_in_with_a_key_only(machine: Machine, tmp_path: Path) -> None:
    key, public = keypair(tmp_path)

    refused = machine.failure("--user", "root", tunnel="direct")
    details = machine.connect("--user", "root", "--public-key", str(public), tunnel="direct")

    assert refused["code"] == "public_key_needed"
    assert ssh(details, "whoami", folder=tmp_path, options=identity(key)).stdout == "root\n"


def test_an_account_that_was_here_before_keeps_its_password(machine: Machine) -> None:
    subprocess.run(["useradd", "--create-home", "--password", "x", machine.user], check=True)

    error = machine.failure(tunnel="direct")

    assert error["code"] == "public_key_needed"
    assert f"\n{machine.user}:x:" in Path("/etc/shadow").read_text()


def test_another_program_may_be_changing_accounts(machine: Machine, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        with changing_accounts():
            connecting = pool.submit(machine.connect, tunnel="direct")
            eventually(lambda: "cannot lock" in machine.journal())
        details = connecting.result()

    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert "cannot lock" in machine.journal()


def test_forwarding_reaches_this_machine_and_no_other(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")
    with socket.create_server(("127.0.0.1", 0)) as inner:
        port = inner.getsockname()[1]
        answer = threading.Thread(target=lambda: inner.accept()[0].sendall(b"inner\n"))
        answer.start()
        opened = ssh(details, folder=tmp_path, options=("-W", f"127.0.0.1:{port}"))
        answer.join()
    elsewhere = ssh(details, folder=tmp_path, options=("-W", f"127.0.0.2:{port}"))

    assert opened.stdout == "inner\n"
    assert "administratively prohibited" in elsewhere.stderr


def test_disconnect_leaves_nothing_and_connecting_again_just_works(
    machine: Machine, tmp_path: Path
) -> None:
    details = machine.connect()
    # Something that would outlive its shell: it belongs to the session all the same.
    ssh(details, "setsid -f sleep 1000 < /dev/null > /dev/null 2>&1", folder=tmp_path)
    backend = machine.backend_pid()

    machine.disconnect()

    user_id = subprocess.check_output(["id", "-u", machine.user], text=True).strip()
    assert subprocess.run(["pgrep", "-u", user_id]).returncode == 1
    assert not children(backend)
    assert not list((machine.runtime / "session").iterdir())
    assert not list(Path("/etc/sudoers.d").glob(f"*{machine.user}*"))
    assert not list(Path("/etc/profile.d").glob(f"*{machine.user}*"))
    assert f"\n{machine.user}:!:" in Path("/etc/shadow").read_text()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((details["ssh"]["host"], details["ssh"]["port"]))
    assert json.loads(machine.run("status", "--json").stdout) == {
        "phase": "idle",
        "tunnel": None,
        "ssh": None,
        "desktop": None,
        "error": None,
        "desktop_error": None,
        "use": None,
        "present": [],
        "closing": None,
        "invitations": [],
    }

    again = machine.connect()
    assert again["ssh"]["password"] != details["ssh"]["password"]
    assert again["ssh"]["fingerprint"] == details["ssh"]["fingerprint"]
    assert ssh(again, "whoami", folder=tmp_path).stdout.strip() == machine.user


def test_connecting_twice_gives_the_same_connection(machine: Machine) -> None:
    first = machine.connect(tunnel="direct")

    assert machine.connect(tunnel="direct") == first
    other = machine.failure("--user", "somebody", tunnel="direct")
    assert other["code"] == "session_running"
    assert "user" in other["cause"]
    assert machine.status()["phase"] == "connected"


def test_status_has_no_password(machine: Machine) -> None:
    details = machine.connect(tunnel="direct")

    status = json.loads(machine.run("status", "--json").stdout)

    password = details["ssh"].pop("password")
    assert details["ssh"].pop("pairing") is None  # that of a tunnel without a port alone
    attaching = details["ssh"].pop("attaching")
    assert status.pop("closing")["reason"] == "idle"
    # A direct tunnel counts nothing.
    nothing = dict.fromkeys(("error", "desktop_error", "use"))
    assert status == {**details, **nothing, "present": [], "invitations": []}
    for secret in (password, attaching):
        assert secret not in machine.run("status").stdout
        assert secret not in machine.journal()


def test_when_the_backend_is_killed_no_door_stays_open(machine: Machine) -> None:
    details = machine.connect()
    backend = machine.backend_pid()
    assert backend
    below = children(backend)
    assert len(below) >= 2

    os.kill(backend, signal.SIGKILL)

    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((details["ssh"]["host"], details["ssh"]["port"]))
    assert machine.status()["phase"] == "idle"
    assert machine.connect()["phase"] == "connected"


def test_what_a_killed_backend_has_left_open_is_closed_by_the_next(machine: Machine) -> None:
    machine.connect()
    killed, other = machine.user, new_user()
    backend = machine.backend_pid()
    assert backend
    kill_with_guard(backend)
    try:
        machine.connect("--user", other, tunnel="direct")

        assert f"\n{killed}:!:" in Path("/etc/shadow").read_text()
        assert not list(Path("/etc/sudoers.d").glob(f"*{killed}*"))
        machine.disconnect()
    finally:
        remove_account(other)


@pytest.mark.slow
def test_a_killed_server_comes_back_and_open_sessions_go_on(
    machine: Machine, tmp_path: Path
) -> None:
    details = machine.connect(tunnel="direct")
    backend = machine.backend_pid()
    listener = next(pid for pid in children(backend) if "listener" in command_line(pid))
    with ssh_session(details, tmp_path) as session:
        os.kill(listener, signal.SIGKILL)
        eventually(lambda: "Connected again." in machine.journal(), what=machine.journal)

        assert session.stdin and session.stdout
        session.stdin.write(b"still here\n")
        session.stdin.flush()
        assert session.stdout.readline() == b"still here\n"
    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user


@pytest.mark.slow
def test_a_killed_agent_comes_back_with_details_that_work(machine: Machine, tmp_path: Path) -> None:
    machine.connect()
    backend = machine.backend_pid()
    agent = next(pid for pid in children(backend) if "ngrok.yml" in command_line(pid))

    os.kill(agent, signal.SIGKILL)
    eventually(lambda: "Connected again." in machine.journal(), what=machine.journal)

    details = machine.connect()
    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert not find_in_processes([machine.token])


def test_a_signed_in_client_is_not_thrown_out_without_asking(
    machine: Machine, tmp_path: Path
) -> None:
    details = machine.connect(tunnel="direct")
    ask = (
        "from colabwidget.core import errors\n"
        "from colabwidget.ipc import client\n"
        "try:\n    client.find().disconnect(force=False)\n"
        "except errors.ColabWidgetError as error:\n    print(error.code, error.info['title'])\n"
    )
    with ssh_session(details, tmp_path):
        asked = subprocess.run(
            [machine.python, "-c", ask], env=machine.environment, capture_output=True, text=True
        )
        assert asked.stdout == "clients_connected One client is signed in over SSH.\n"
        assert machine.status()["phase"] == "connected"


def test_ctrl_c_takes_everything_back(machine: Machine) -> None:
    machine.agent(delay_s=60)
    connecting = subprocess.Popen(
        machine.command("connect", "--token-stdin", "--user", machine.user),
        env=machine.environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
    )
    assert connecting.stdin
    connecting.stdin.write(machine.token.encode())
    connecting.stdin.close()
    eventually(lambda: "Server listening" in machine.journal())

    connecting.send_signal(signal.SIGINT)

    assert connecting.wait(20) == 130
    assert connecting.stderr and b"Traceback" not in connecting.stderr.read()
    connecting.stderr.close()
    assert machine.status()["phase"] == "idle"
    assert not children(machine.backend_pid())
    assert not list(Path("/etc/sudoers.d").glob(f"*{machine.user}*"))
    assert f"\n{machine.user}:!:" in Path("/etc/shadow").read_text()
    machine.agent()
    assert machine.connect()["phase"] == "connected"


def test_the_backend_ends_when_nobody_needs_it(machine: Machine) -> None:
    machine.environment["COLABWIDGET_IDLE_LIMIT"] = "0.5"
    machine.connect(tunnel="direct")
    backend = machine.backend_pid()
    machine.disconnect()

    eventually(lambda: machine.backend_pid() is None)

    assert backend
    assert not (machine.runtime / "backend.sock").exists()
    assert not (machine.runtime / "journal.log").exists()


def test_a_backend_that_nobody_can_find_any_more_closes_the_door(machine: Machine) -> None:
    details = machine.connect()
    (machine.runtime / "backend.sock").unlink()

    eventually(lambda: machine.backend_pid() is None)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((details["ssh"]["host"], details["ssh"]["port"]))
    assert f"\n{machine.user}:!:" in Path("/etc/shadow").read_text()


def test_json_of_the_command_line_has_the_promised_form(machine: Machine) -> None:
    details = machine.connect()

    assert set(details) == {"phase", "tunnel", "ssh", "desktop"}
    assert set(details["tunnel"]) == {"provider", "endpoint"}
    assert set(details["ssh"]) >= {
        "host",
        "port",
        "user",
        "password",
        "command",
        "config",
        "known_hosts",
        "fingerprint",
        "vscode_url",
        "verified",
    }
    assert json.dumps(details)


def children(pid: int | None) -> set[int]:
    from colabwidget.runtime.children import descendants

    return descendants(pid) if pid else set()
