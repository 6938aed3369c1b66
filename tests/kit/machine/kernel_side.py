"""A connection that a kernel of a Colab-like layout makes, and what its SSH sessions find."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.machine.colab_layout import Found, Layout
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh
from tests.kit.waiting import eventually


@dataclass
class Side:
    """A connection that a kernel of the layout has made, and what its notebook finds."""

    layout: Layout
    details: dict[str, Any]
    folder: Path
    notebook: Found
    options: tuple[str, ...] = ()
    log: str = ""

    def ssh(self, *command: str, text: str = "", terminal: bool = False) -> str:
        options = (*self.options, "-tt") if terminal else (*self.options, "-T")
        return ssh(self.details, *command, folder=self.folder, options=options, text=text).stdout

    def probe(self, *command: str, text: str = "", terminal: bool = False) -> Found:
        return Found.read(self.ssh(*command, text=text, terminal=terminal))

    @property
    def asked(self) -> str:
        """What makes a shell tell what it finds."""
        return f". {self.layout.probe}"

    def tmux(self) -> Found:
        """What a new pane of tmux finds."""
        told = self.layout.content / "told-by-tmux"
        tmux = f"tmux -L {self.details['ssh']['user']} -f /dev/null"
        typed = f"'{self.asked} > {told}.new && mv {told}.new {told}' Enter"
        self.ssh(f"{tmux} new-session -d && {tmux} send-keys {typed}")
        try:
            eventually(told.exists, what=lambda: self.ssh(f"{tmux} capture-pane -p"))
            return Found.read(told.read_text())
        finally:
            told.unlink(missing_ok=True)
            self.ssh(f"{tmux} kill-server")


def kernel_connects(machine: Machine, layout: Layout, *arguments: str) -> dict[str, Any]:
    """Connect as a kernel of the layout would, from its folder."""
    machine.python = str(layout.python)
    machine.environment |= layout.variables
    user = () if "--user" in arguments else ("--user", machine.user)
    done = subprocess.run(
        machine.command(
            *("connect", "--tunnel", "direct", "--address", "127.0.0.1", "--json"),
            *(*user, *arguments),
        ),
        env=machine.environment,
        cwd=layout.content,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    details: dict[str, Any] = json.loads(done.stdout)
    return details
