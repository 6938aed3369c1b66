"""A throw-away machine that differs from this one, and a notebook's account on it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.kit.machine import cell
from tests.kit.machine.machine import ROOT
from tests.kit.machine.machine_copy import WATCH, MachineCopy
from tests.kit.waiting import eventually

_NOTEBOOK_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class OddMachine(MachineCopy):
    """A copy of this machine that is changed step by step.

    Parameters
    ----------
    changes
        Each changes the copy, or what the notebook is started with and in; see `changes`.
    """

    def __init__(self, changes: Sequence[Callable[[OddMachine], None]]) -> None:
        self._changes = changes
        self.python = sys.executable
        #: Words before each command of the notebook: its account, its rights, its limits.
        self.prefix: list[str] = []
        self.environment = {
            "PATH": _NOTEBOOK_PATH,
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "PYTHONPATH": f"{WATCH}{os.pathsep}{ROOT}",
        }

    def prepare(self) -> None:
        """Make the changes, and a key for who signs in."""
        # The Python that runs this may lie in root's home, and other accounts are to run it.
        self.must("chmod", "755", "/root")
        self.make_keys()
        for change in self._changes:
            change(self)

    def make_keys(self) -> None:
        """Make the key, on a disk of its own: others become read-only, or run no programs."""
        self.must("mkdir", "--mode=755", "/keys")
        self.must("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/keys")
        self.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/keys/id")

    # The notebook's side

    def notebook(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the notebook does."""
        alone = ["env", "--ignore-environment"]
        alone += [f"{name}={value}" for name, value in self.environment.items()]
        return self.run(*self.prefix, *alone, *arguments)

    def colabwidget(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.notebook(self.python, "-m", "colabwidget", *arguments)

    def cell(self, what: str) -> dict[str, Any]:
        """Do in a cell what `cell` has under that name."""
        done = self.notebook(self.python, cell.__file__, what)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.log()}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def connect(self, *arguments: str) -> dict[str, Any]:
        """Connect; the details, or ``{"error": ...}`` where it is refused."""
        place = ("--tunnel", "direct", "--address", "127.0.0.1", "--json")
        done = self.colabwidget("connect", *place, *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stdout, f"{done.stderr}\n{self.log()}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def log(self) -> str:
        done = self.colabwidget("log")
        return done.stdout + done.stderr

    # The side of who signs in: any account of the machine's, with OpenSSH's own client

    @property
    def public_key(self) -> str:
        return self.path("/keys/id.pub").read_text().strip()

    def ssh(
        self, details: dict[str, Any], command: str, *options: str
    ) -> subprocess.CompletedProcess[str]:
        """Sign in as the details say, with the password of the details or with the key."""
        way = details["ssh"]
        self._write("/keys/askpass", f"#!/bin/sh\necho {shlex.quote(way['password'] or '')}\n")
        self._write("/keys/known_hosts", way["known_hosts"] + "\n")
        by_key = ("-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", "/keys/id")
        return self.run(
            *shlex.split(way["command"]),
            *("-F", "none", "-o", "UserKnownHostsFile=/keys/known_hosts"),
            *("-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=20"),
            *(() if way["password"] else by_key),
            *options,
            command,
            environment={
                "SSH_ASKPASS": "/keys/askpass",
                "SSH_ASKPASS_REQUIRE": "force",
                "DISPLAY": "none",
            },
        )

    def processes(self) -> list[str]:
        """The command lines of all processes but the copy's first, and the kernel's of this."""
        listed = self.must("ps", "-e", "-o", "pid=,stat=,comm=,args=")
        rows = [line.split(maxsplit=3) for line in listed.splitlines()]
        # One that has ended is none; its parent, or the copy's first process, has yet to be told.
        return [row[-1] for row in rows if row[0] != "1" and row[1][0] != "Z" and row[2] != "ps"]

    def wait_until_empty(self) -> None:
        eventually(lambda: not self.processes(), what=lambda: f"{self.processes()}")

    def _write(self, inside: str, text: str) -> None:
        path = self.path(inside)
        path.write_text(text)
        path.chmod(0o700)
