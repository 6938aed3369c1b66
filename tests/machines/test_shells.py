"""Login shells whose start-up files print: no file transfer and no command's output is broken."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pytest

from tests.kit.machine.bare_machine import BareMachine
from tests.kit.machine.machine_copy import CopyImpossible

USER = "cwshell"
# The user's own files that each reads for every command, in the home.
FILES = {
    "/bin/bash": (".bashrc", ".bash_profile", ".profile"),
    "/usr/bin/fish": (".config/fish/config.fish", ".config/fish/conf.d/own.fish"),
    "/usr/bin/tcsh": (".tcshrc",),
    "/bin/csh": (".cshrc", ".login"),
    "/usr/bin/zsh": (".zshenv", ".zshrc", ".zprofile"),
    "/usr/bin/mksh": (".mkshrc", ".profile"),
}
# The system's, which the shell reads whatever stands in its environment.
SYSTEM = {
    "/usr/bin/fish": "/etc/fish/config.fish",
    "/usr/bin/tcsh": "/etc/csh.cshrc",
    "/usr/bin/zsh": "/etc/zsh/zshenv",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Copy(BareMachine):
    """A copy of this machine with the shells, and an account and a key for it."""

    def prepare(self) -> None:
        super().prepare()
        install = "apt-get install --yes --no-install-recommends fish tcsh zsh mksh"
        with self.no_index_of_manuals():
            if self.run("sh", "-c", f"{install} || (apt-get update && {install})").returncode:
                raise CopyImpossible("fish, tcsh, zsh and mksh cannot be installed")
        self.must("useradd", "--create-home", USER)
        self.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/id")

    def as_user(self, command: str) -> str:
        return self.must("su", USER, "--shell", "/bin/sh", "--command", f"cd; {command}")

    def connected_as(self, shell: str) -> dict[str, Any]:
        self.must("usermod", "--shell", shell, USER)
        key = self.path("/run/id.pub").read_text().strip()
        done = self.connect("--public-key", key, user=USER)
        assert done.returncode == 0, f"{done.stderr}\n{self.journal()}"
        details: dict[str, Any] = json.loads(done.stdout)
        return details

    def client(
        self, details: dict[str, Any], program: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ssh or sftp with the options of the details; ``HOST`` is where they lead."""
        self.path("/run/known_hosts").write_text(details["ssh"]["known_hosts"] + "\n")
        words = shlex.split(details["ssh"]["command"])
        host = words[-1]
        port = words[words.index("-p") + 1]
        options = {
            "Port": port,
            "UserKnownHostsFile": "/run/known_hosts",
            "IdentityFile": "/run/id",
            "BatchMode": "yes",
        }
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return self.run(
            program, "-F", "none", *given, *(each.replace("HOST", host) for each in arguments)
        )


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    try:
        with Copy(without=()) as machine:
            yield machine
    except CopyImpossible as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("shell", FILES)
def test_what_a_user_s_start_up_files_print_breaks_nothing(copy: Copy, shell: str) -> None:
    for file in FILES[shell]:
        copy.as_user(f"mkdir -p {PurePath(file).parent}; echo 'echo Welcome' > {file}")
    details = copy.connected_as(shell)
    try:
        assert details["ssh"]["notices"] == []
        copy.path("/run/sent").write_text("sent\n")
        for ways in ((), ("-O",)):  # by sftp, and by the older protocol
            done = copy.client(details, "scp", *ways, "/run/sent", "HOST:got")
            assert done.returncode == 0, f"{ways}: {done.stderr}"
            assert copy.as_user("cat got; rm got") == "sent\n"
        said = copy.client(details, "ssh", "HOST", "echo $HOME; pwd; tty").stdout
        assert next(line for line in said.splitlines() if line != "Welcome") == f"/home/{USER}"
        # A shell to talk to is the account's own, and begins as it usually does.
        asked = copy.client(details, "ssh", "-tt", "HOST", f"exec {shell} -i -c 'echo in $HOME'")
        assert f"in /home/{USER}" in asked.stdout, asked
    finally:
        copy.must(*copy.colabwidget("disconnect"))
        copy.as_user("rm -rf .config " + " ".join(FILES[shell]))


@pytest.mark.parametrize("shell", SYSTEM)
def test_a_file_of_the_system_that_prints_is_named(copy: Copy, shell: str) -> None:
    file = SYSTEM[shell]
    copy.must("sh", "-c", f"cp {file} /run/kept; echo 'echo Welcome, stranger' >> {file}")
    try:
        notices = copy.connected_as(shell)["ssh"]["notices"]
        assert len(notices) == 1, notices
        assert "File transfer does not work" in notices[0]
        assert "“Welcome, stranger”" in notices[0] and file in notices[0], notices
    finally:
        copy.must("sh", "-c", f"cat /run/kept > {file}")
        copy.run(*copy.colabwidget("disconnect"))
