"""A reverse forward over plain OpenSSH, through any server that the user reaches with ssh.

The server gives a port of its own (``ssh -R 0:...``, RFC 4254, 7.1). Most servers give it to the
outside only where their administrator has said ``GatewayPorts``; on all others the port is the
server's own, and clients go over the server as a jump host (``ssh -J``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from colabwidget import paths
from colabwidget.backend import process
from colabwidget.backend.knock import GREETED, knock_at_sshd
from colabwidget.backend.packages import program
from colabwidget.credentials import Secret
from colabwidget.details import Endpoint, fingerprint
from colabwidget.errors import ColabWidgetError
from colabwidget.options import Options
from colabwidget.providers import BUILT_IN
from colabwidget.ssh_server import SshServer
from colabwidget.tunnels import Surroundings
from colabwidget.tunnels.program import ProgramTunnel

_ALLOCATED = re.compile(r"^Allocated port (\d+) for remote forward to ")
# What public relays print: the address that they have given.
_GIVEN = re.compile(r"(?:tcp://|forwarding tcp connections from )([\w.-]+):(\d+)", re.I)
_SCAN_TIME = 5  # seconds
_PUBLIC_WITHIN = 3.0  # seconds; a port that is open to the outside answers in less


class RelayTunnel(ProgramTunnel):
    """A reverse forward; parameters as those of `ProgramTunnel`."""

    provider = BUILT_IN["relay"]

    def __init__(self, options: Options, token: Secret, surroundings: Surroundings) -> None:
        super().__init__(options, token, surroundings)
        self.title = "the SSH relay"
        self._server = SshServer.parse(options.server)
        self._known_hosts = surroundings.directory / "relay_known_hosts"
        self._identity = Path()
        self._jumps = False

    async def open(self, local_port: int) -> Endpoint:
        """Check the server's host key, sign in, and ask for a port."""
        self.surroundings.progress(f"signing in to {self._server}", None)
        self._identity = await self._ensure_identity()
        await self._know_server()
        endpoint = await super().open(local_port)
        if endpoint.host != self._server.host or await self._is_public(endpoint):
            self._jumps = False
            return endpoint
        self._jumps = True
        self.surroundings.journal.add(
            f"{self._server.host} keeps port {endpoint.port} to itself (GatewayPorts of its sshd): "
            "clients go over it as a jump host."
        )
        return Endpoint("localhost", endpoint.port, jump=str(self._server))

    def command(self, local_port: int) -> Sequence[str]:
        """Return ssh's command line: no shell, no forward but this one."""
        return [
            *self._ssh(),
            *("-N", "-T", "-o", "ExitOnForwardFailure=yes"),
            *("-R", f"*:0:127.0.0.1:{local_port}"),
            self._server.host,
        ]

    def heard(self, line: str) -> Endpoint | None:
        """Return where the forward begins, as ssh or the relay says."""
        if match := _GIVEN.search(line):
            return Endpoint(match.group(1), int(match.group(2)))
        if match := _ALLOCATED.match(line):
            return Endpoint(self._server.host, int(match.group(1)))
        return None

    def entrance(self) -> Sequence[str]:
        """Return what a jump does, with this machine's own key."""
        if not self._jumps or self._endpoint is None:
            return ()
        port = self._endpoint.result().port
        return [*self._ssh(), "-W", f"localhost:{port}", self._server.host]

    def refusal(self, said: Sequence[str]) -> ColabWidgetError:
        """Return what ssh's words mean."""
        text = "\n".join(said)
        if "Permission denied" in text:
            public = self._public()
            return ColabWidgetError("server_refused", server=str(self._server), copy=public)
        return super().refusal(said)

    def _ssh(self) -> list[str]:
        settings = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "IdentityFile": f'"{self._identity}"',
            "UserKnownHostsFile": f'"{self._known_hosts}"',
            "GlobalKnownHostsFile": "none",
            "StrictHostKeyChecking": "yes",
            "ServerAliveInterval": "10",
            "ServerAliveCountMax": "2",
            "ConnectTimeout": "15",
            "Port": str(self._server.port),
        }
        if self._server.user:
            settings["User"] = self._server.user
        options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        return [program("ssh") or "ssh", "-F", "none", *options]

    async def _ensure_identity(self) -> Path:
        if self.options.identity:
            path = Path(self.options.identity).expanduser()
            if not os.access(path, os.R_OK):
                reason = "It is not there, or cannot be read."
                raise ColabWidgetError("identity_unusable", path=str(path), reason=reason)
            return path
        path = paths.ensure_private(paths.state_directory()) / "relay_ed25519"
        if not path.exists():
            arguments = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "colabwidget"]
            await process.run([*arguments, "-f", str(path)], self.surroundings.journal)
        return path

    def _public(self) -> str:
        try:
            return self._identity.with_name(self._identity.name + ".pub").read_text().strip()
        except OSError:
            return ""

    async def _know_server(self) -> None:
        """See that the server's host key is one that the user knows, and write it down for ssh."""
        server = self._server
        scan = ["ssh-keyscan", "-T", str(_SCAN_TIME), "-p", str(server.port), server.host]
        _, said = await process.output(scan, timeout=_SCAN_TIME + 2.0)
        lines = [line for line in said.splitlines() if " ssh-" in line or " ecdsa-" in line]
        keys = {fingerprint(line.split(" ", 1)[1]): line for line in lines if line[:1] != "#"}
        if not keys:
            raise ColabWidgetError("server_unreachable", server=str(server))
        wanted = self.options.server_key.strip()
        if not wanted:
            mark = next((mark for mark, line in keys.items() if " ssh-ed25519 " in line), "")
            mark = mark or next(iter(keys))
            raise ColabWidgetError(
                "server_key_unknown",
                server=str(server),
                fingerprint=mark,
                offers=[{"title": "Trust this key", "options": {"server_key": mark}}],
            )
        if wanted not in keys:
            raise ColabWidgetError(
                "server_key_other", server=str(server), fingerprint=next(iter(keys))
            )
        paths.write_private(self._known_hosts, keys[wanted] + "\n")

    async def _is_public(self, endpoint: Endpoint) -> bool:
        found = await knock_at_sshd(endpoint.host, endpoint.port, seconds=_PUBLIC_WITHIN)
        return found == GREETED
