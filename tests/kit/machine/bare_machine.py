"""A throw-away copy of this machine, in which real packages come and go.

See `machine_copy`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kit.machine.machine_copy import MachineCopy

SERVER = ("openssh-server", "openssh-sftp-server")
CLIENT = ("openssh-client",)
SUDO = ("sudo",)
# What is a desktop's alone; the libraries that nothing else needs go with them.
DESKTOP = (
    *("xfwm4", "xfce4-panel", "xfdesktop4", "xfce4-session", "xfce4-settings", "xfce4-terminal"),
    *("xfce4-appfinder", "thunar", "dbus-x11", "mesa-utils"),
    *("tigervnc-standalone-server", "tigervnc-tools"),
)


class BareMachine(MachineCopy):
    """A copy of this machine without some packages.

    Parameters
    ----------
    without
        Packages that the copy does not have.
    lists
        Whether it has apt's lists of what there is.
    """

    def __init__(self, without: tuple[str, ...] = SERVER, lists: bool = True) -> None:
        self._without = without
        self._lists = lists

    def connect(self, *arguments: str, user: str = "cwguest") -> subprocess.CompletedProcess[str]:
        return self.run(*self.connecting(*arguments, user=user))

    def connecting(self, *arguments: str, user: str = "cwguest") -> list[str]:
        place = ["--tunnel", "direct", "--address", "127.0.0.1"]
        return self.colabwidget("connect", *place, "--user", user, "--json", *arguments)

    def colabwidget(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "colabwidget", *arguments]

    def connected(self) -> dict[str, Any]:
        """Connect, sign in with the copy's own ssh, and return the details."""
        done = self.connect()
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.journal()}"
        details: dict[str, Any] = json.loads(done.stdout)
        assert self.ssh(details, "sudo -n id -un; whoami") == "root\ncwguest\n"
        return details

    def failure(self) -> dict[str, str]:
        """Connect, see it refused without a traceback, and return the error."""
        done = self.connect()
        assert done.returncode == 1, f"{done.stdout}\n{done.stderr}\n{self.journal()}"
        assert "Traceback" not in done.stderr
        error: dict[str, str] = json.loads(done.stdout)["error"]
        return error

    def journal(self) -> str:
        return self.must(*self.colabwidget("log"))

    def ssh(self, details: dict[str, Any], command: str) -> str:
        """Sign in with the copy's own OpenSSH client, as the details say."""
        askpass = self.path("/run/askpass")
        askpass.write_text(f"#!/bin/sh\necho {shlex.quote(details['ssh']['password'])}\n")
        askpass.chmod(0o700)
        self.path("/run/known_hosts").write_text(details["ssh"]["known_hosts"] + "\n")
        done = self.run(
            *shlex.split(details["ssh"]["command"]),
            *("-F", "none", "-o", "UserKnownHostsFile=/run/known_hosts"),
            *("-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=20", command),
            environment={
                "SSH_ASKPASS": "/run/askpass",
                "SSH_ASKPASS_REQUIRE": "force",
                "DISPLAY": "none",
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def assert_nothing_half_made(self) -> None:
        """See that a connection that failed or was cancelled has left nothing behind."""
        assert "\ncwguest:" not in self.path("/etc/passwd").read_text()
        assert not list(self.path("/etc/sudoers.d").glob("*cwguest*"))
        assert not self.path("/usr/sbin/policy-rc.d").exists()
        assert self.must("dpkg", "--audit") == ""
        assert not re.search("apt|dpkg|sshd", self.must("ps", "-e", "-o", "comm"))

    def prepare(self) -> None:
        with self.no_index_of_manuals():
            self._purge()
        self.must("sh", "-c", "rm -rf /var/cache/apt/archives/*.deb /usr/sbin/policy-rc.d")
        if not self._lists:
            self.must("rm", "-rf", "/var/lib/apt/lists")
        elif not any(self.path("/var/lib/apt/lists").glob("*_Packages*")):
            self.must("apt-get", "update")

    def _purge(self) -> None:
        names = self.must("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package}\n").split("\n")
        there = [name for name in self._without if f"ii {name}" in names]
        desktop = [name for name in there if name in DESKTOP]
        if desktop:
            self.must("apt-get", "purge", "-qq", "--yes", "--auto-remove", *desktop)
        if others := [name for name in there if name not in DESKTOP]:
            self.must("dpkg", "--purge", "--force-depends", *others)

    @contextmanager
    def no_index_of_manuals(self) -> Iterator[None]:
        """Spare the copy mandb, which takes longer than all that is purged."""
        mark = self.path("/var/lib/man-db/auto-update")
        there = mark.exists()
        mark.unlink(missing_ok=True)
        yield
        if there:
            mark.touch()


def inner(process: subprocess.Popen[bytes]) -> int:
    """The program that `BareMachine.start` has started; nsenter stands before it."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return int(children.read_text().split()[0])


def signal_inner(process: subprocess.Popen[bytes], number: int) -> None:
    os.kill(inner(process), number)


MakeBare = Callable[..., BareMachine]
