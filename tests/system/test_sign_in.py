"""A client signs in before "Connected" is said, or sshd's own reason is told, and the tunnel's part
is not blamed. Each row is a machine whose accounts are as images, volumes and administrators leave
them; a real ssh gets in, or is refused as the error says."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kit.machine.bare_machine import BareMachine
from tests.kit.machine.machine import Machine
from tests.kit.machine.machine_copy import CopyImpossible
from tests.kit.machine.ssh_client import ssh
from tests.kit.rows import params
from tests.kit.waiting import eventually

USER = "jovy"
DOMAIN_USER = "alice@corp.example"  # as SSSD names the accounts of a domain


class Copy:
    """A copy of this machine with an account that was there before, and a key for it."""

    def __init__(self, machine: BareMachine) -> None:
        self.machine = machine
        key = machine.path("/run/id")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        machine.must("useradd", "--create-home", "--shell", "/bin/bash", USER)
        machine.must(
            *("useradd", "--badname", "--create-home", "--home-dir", "/home/alice smith"),
            *("--uid", "1234600001", "--shell", "/bin/bash", DOMAIN_USER),
        )
        self.public = key.with_suffix(".pub").read_text().strip()

    def shadow(self, name: str) -> str:
        lines = self.machine.path("/etc/shadow").read_text().splitlines()
        return next(line.split(":")[1] for line in lines if line.startswith(f"{name}:"))

    def shell(self, name: str) -> str:
        lines = self.machine.path("/etc/passwd").read_text().splitlines()
        return next(line.split(":")[6] for line in lines if line.startswith(f"{name}:"))

    def connect(self, user: str) -> tuple[int, dict[str, Any]]:
        done = self.machine.connect("--public-key", self.public, user=user)
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    def enters(self, details: dict[str, Any], *command: str) -> str:
        self.machine.path("/run/known_hosts").write_text(details["ssh"]["known_hosts"] + "\n")
        done = self.machine.run(
            *shlex.split(details["ssh"]["command"]),
            *("-F", "none", "-o", "UserKnownHostsFile=/run/known_hosts", "-i", "/run/id"),
            *("-o", "BatchMode=yes", *command),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def listened(self) -> int:
        """How often the tunnel was opened."""
        done = self.machine.run(*self.machine.colabwidget("log"))
        return done.stdout.count("\nListening on ")

    def disconnect(self) -> None:
        self.machine.must(*self.machine.colabwidget("disconnect"))


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    try:
        with BareMachine(without=()) as machine:
            yield Copy(machine)
    except CopyImpossible as reason:
        pytest.skip(str(reason))


class Opened(NamedTuple):
    """An account that no key opens as it is; all that was changed is undone at the end."""

    change: tuple[str, ...]
    user: str = USER


OPENED = {
    "locked, as useradd leaves it": Opened(("usermod", "--password", "!", USER)),
    "locked, with a password behind the mark": Opened(
        ("usermod", "--password", "!$6$salt$hash", USER)
    ),
    "root, locked": Opened(("usermod", "--password", "!*", "root"), "root"),
    "a shell that lets no client in": Opened(("usermod", "--shell", "/usr/sbin/nologin", USER)),
    "a shell that is not installed": Opened(("usermod", "--shell", "/usr/bin/fish", USER)),
    "locked, without a shell": Opened(
        ("sh", "-c", f"usermod --password '!' --shell /bin/false {USER}")
    ),
    "a password that must be changed first": Opened(("chage", "--lastday", "0", USER)),
    "an account of a domain": Opened(("usermod", "--shell", "/bin/sh", DOMAIN_USER), DOMAIN_USER),
    "everybody may write to /": Opened(("chmod", "777", "/")),
}


# `make slow` has the others.
IN_MAKE_TEST = {
    "locked, as useradd leaves it",
    "root, locked",
    "a shell that lets no client in",
    "the account has expired",
    "the shell ends at once",
}


@pytest.mark.parametrize("row", params(OPENED, slow={*OPENED} - IN_MAKE_TEST))
def test_an_account_that_was_here_before_is_opened_for_the_session(copy: Copy, row: str) -> None:
    change, user = OPENED[row]
    copy.machine.must(*change)
    before = copy.shadow(user), copy.shell(user)

    status, details = copy.connect(user)
    try:
        assert status == 0, details
        assert details["ssh"]["verified"]
        assert copy.enters(details, "id", "-un") == f"{user}\n"
    finally:
        copy.disconnect()
        after = copy.shadow(user), copy.shell(user)
        copy.machine.must("usermod", "--password", "*", "--shell", "/bin/bash", user)
        copy.machine.must("chmod", "755", "/")
    assert after == before


class Refused(NamedTuple):
    """A machine on which no client gets in, with words of the reason and of what to do."""

    change: str
    undo: str
    cause: str
    remedy: str


REFUSED = {
    "the account has expired": Refused(
        f"chage --expiredate 2020-01-01 {USER}",
        f"chage --expiredate -1 {USER}",
        f"The account {USER} has expired.",
        "chage --expiredate -1",
    ),
    "the machine is closed": Refused(
        "echo closed for repairs > /etc/nologin",
        "rm /etc/nologin",
        "/etc/nologin exists",
        "Remove /etc/nologin",
    ),
    "a rule refuses every connection": Refused(
        "echo ALL: ALL > /etc/hosts.deny", "rm /etc/hosts.deny", "/etc/hosts.deny", "hosts.allow"
    ),
    "the shell ends at once": Refused(
        f"printf '#!/bin/sh\\necho no work today\\nexit 3\\n' > /opt/sh; chmod 755 /opt/sh; "
        f"usermod --shell /opt/sh {USER}",
        f"usermod --shell /bin/bash {USER}",
        "ends with status 3: no work today",
        "start-up files",
    ),
    "the shell is for another processor": Refused(
        f"printf '\\177ELF\\2\\1\\1' > /opt/sh; chmod 755 /opt/sh; usermod --shell /opt/sh {USER}",
        f"usermod --shell /bin/bash {USER}",
        "The account's shell, /opt/sh, cannot be started: Exec format error.",
        "usermod --shell",
    ),
}


@pytest.mark.parametrize("row", params(REFUSED, slow={*REFUSED} - IN_MAKE_TEST))
def test_where_no_client_gets_in_the_reason_is_sshd_s(copy: Copy, row: str) -> None:
    change, undo, cause, remedy = REFUSED[row]
    copy.machine.must("sh", "-c", f"usermod --password '*' {USER}; {change}")
    before = copy.listened()
    try:
        status, said = copy.connect(USER)
    finally:
        copy.machine.must("sh", "-c", undo)
        copy.machine.run(*copy.machine.colabwidget("disconnect"))
    assert status == 1, said
    error = said["error"]
    assert error["code"] == "sign_in_failed"
    assert cause in error["cause"]
    assert remedy in error["remedy"]
    assert {"tunnel": "none"} in [offer["options"] for offer in error["offers"]]
    # Nothing was opened to the outside, and the key of the check opens nothing any more.
    assert copy.listened() == before
    assert not [*copy.machine.path("/run").glob("**/one_time_key*")]
    assert not [*copy.machine.path("/run").glob("colabwidget.*")]


@pytest.mark.slow
def test_a_client_without_ed25519_meets_the_rsa_key(machine: Machine, tmp_path: Path) -> None:
    state = Path(machine.environment["XDG_STATE_HOME"])
    for path in state.rglob("ssh_host_rsa_key*"):
        path.unlink()
    details = machine.connect(tunnel="direct")
    # It is made while the session runs, and shown by the next sshd at the latest.
    eventually(lambda: any(state.rglob("ssh_host_rsa_key.pub")))
    machine.disconnect()
    again = machine.connect(tunnel="direct")
    assert again["ssh"]["fingerprint"] == details["ssh"]["fingerprint"]
    old = ("-o", "HostKeyAlgorithms=rsa-sha2-512")
    shown = ssh(again, "id -un", folder=tmp_path, options=(*old, "-v"))
    assert shown.stdout == f"{machine.user}\n", shown.stderr
    assert f"Server host key: ssh-rsa {again['ssh']['rsa_fingerprint']}" in shown.stderr


_FIPS = """\
#!/bin/sh
case "$*" in *"-t ed25519"*) echo "ED25519 keys are not allowed in FIPS mode" >&2; exit 1;; esac
exec /usr/bin/ssh-keygen "$@"
"""


def test_a_machine_in_fips_mode_shows_rsa_alone(copy: Copy) -> None:
    program = copy.machine.path("/usr/local/bin/ssh-keygen")
    program.write_text(_FIPS)
    program.chmod(0o755)
    for path in copy.machine.path("/var/lib/colabwidget").glob("ssh_host_*"):
        path.unlink()
    try:
        status, details = copy.connect(USER)
        assert status == 0, details
        assert "ssh-rsa " in details["ssh"]["known_hosts"]
        assert "ed25519" not in details["ssh"]["known_hosts"]
        assert copy.enters(details, "id", "-un") == f"{USER}\n"
    finally:
        program.unlink()
        copy.disconnect()


def test_root_s_own_keys_open_root_where_old_cells_ask_for_it(copy: Copy) -> None:
    """remocolab's recipe for keys: a cell writes them for root, and ssh goes to root."""
    copy.machine.must(
        *(
            "sh",
            "-c",
            f"mkdir -m 700 -p /root/.ssh; echo '{copy.public}' > /root/.ssh/authorized_keys",
        )
    )
    try:
        done = copy.machine.connect("--root-keys", user="cwguest")
        details = json.loads(done.stdout)
        assert done.returncode == 0, details
        command = details["ssh"]["command"]
        details["ssh"]["command"] = command.replace("cwguest@", "root@")
        assert copy.enters(details, "id", "-un") == "root\n"
    finally:
        copy.machine.must("rm", "-r", "/root/.ssh")
        copy.disconnect()


def test_keys_of_old_cells_open_the_session_s_account(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text()
    written = ssh(
        details,
        "mkdir -m 700 -p ~/.ssh && cat >> ~/.ssh/authorized_keys",
        folder=tmp_path,
        text=public,
    )
    assert written.returncode == 0, written.stderr
    by_key = ("-i", str(key), "-o", "BatchMode=yes")
    assert ssh(details, "id -un", folder=tmp_path, options=by_key).stdout == f"{machine.user}\n"
    journal = machine.journal()
    assert journal.count("sshd: Accepted password") == 1
    assert journal.count("sshd: Accepted publickey") == 1
    machine.disconnect()
    assert ssh(details, "id -un", folder=tmp_path, options=by_key).returncode == 255
