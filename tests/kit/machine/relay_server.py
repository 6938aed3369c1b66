"""A server that a relay goes through: a real sshd, with keys, port and rules of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from colabwidget.runtime.children import descendants
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

CONFIG = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
PidFile none
StrictModes no
AuthorizedKeysFile {folder}/authorized_keys
PasswordAuthentication no
UsePAM no
PermitRootLogin prohibit-password
GatewayPorts {gateway}
{more}
"""


class RelayServer:
    """An sshd on an address of the test's own, which takes root's sign-ins by key.

    Parameters
    ----------
    folder
        For its files.
    address, port
        Where it listens.
    inside
        Words before its command, such as those of a network namespace.
    gateway
        Its ``GatewayPorts``.
    more
        Lines for its configuration.
    """

    def __init__(
        self,
        folder: Path,
        address: str,
        port: int,
        inside: tuple[str, ...] = (),
        gateway: str = "no",
        more: str = "",
    ) -> None:
        self.folder, self.address, self.port = folder, address, port
        self.server = f"root@{address}:{port}"
        self._inside = inside
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        self.keys = folder / "authorized_keys"
        self.keys.touch()
        self.new_host_key()
        self.configure(gateway, more)

    def configure(self, gateway: str, more: str = "") -> None:
        values = {"port": self.port, "address": self.address, "folder": self.folder}
        text = CONFIG.format(**values, gateway=gateway, more=more)
        (self.folder / "sshd_config").write_text(text)

    def new_host_key(self) -> None:
        for name in ("host_key", "host_key.pub"):
            (self.folder / name).unlink(missing_ok=True)
        make_key(self.folder / "host_key")

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.folder / "host_key.pub")

    def known_hosts(self, file: Path) -> Path:
        key = (self.folder / "host_key.pub").read_text()
        file.write_text(f"[{self.address}]:{self.port} {key}")
        return file

    def start(self) -> None:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._inside, "/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config"],
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        said = f"Server listening on {self.address} port {self.port}"
        eventually(lambda: said in (self.folder / "log").read_text())

    def stop(self) -> None:
        """End it, with all clients that are signed in."""
        if self._process:
            for pid in (self._process.pid, *descendants(self._process.pid)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self._process.wait()
            (self.folder / "log").unlink()

    def let_in(self, public: str) -> None:
        self.keys.write_text(f"{self.keys.read_text()}{public.strip()}\n")


def make_key(path: Path) -> str:
    """Make a key pair, and return its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_name(f"{path.name}.pub").read_text().strip()


def fingerprint(public: Path) -> str:
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", public], check=True, capture_output=True, text=True
    ).stdout
    return said.split()[1]


def key_of(machine: Machine) -> str:
    """The public key that a refusal of the relay shows."""
    return Path(machine.environment["XDG_STATE_HOME"], "colabwidget/relay_ed25519.pub").read_text()


def asked(machine: Machine, relay: RelayServer, *more: str) -> dict[str, Any]:
    """The error that Connect ends with."""
    return machine.failure("--server", relay.server, *more, tunnel="relay")


def welcome(machine: Machine, relay: RelayServer) -> tuple[str, ...]:
    """Let the machine's own key in, as its user would; returns what to connect with."""
    trust = ("--server-key", relay.fingerprint)
    refused = asked(machine, relay, *trust)
    assert refused["code"] == "server_refused"
    assert refused["copy"] == key_of(machine).strip()
    relay.let_in(refused["copy"])
    return ("--server", relay.server, *trust)
