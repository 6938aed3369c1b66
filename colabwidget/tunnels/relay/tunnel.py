"""A reverse forward over plain OpenSSH, through any server that the user reaches with ssh.

The server gives a port of its own (``ssh -R 0:...``, RFC 4254, 7.1). Most servers keep that port
to themselves unless their administrator has set ``GatewayPorts``: clients then go over the server
as a jump host (``ssh -J``). Public relays say where else they can be reached.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.quoting import openssh
from colabwidget.core.secrets import Secret
from colabwidget.core.ssh_address import SshServer
from colabwidget.runtime.apt import program
from colabwidget.runtime.port_probe import GREETED, REFUSED, probe_sshd
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.program import ProgramTunnel
from colabwidget.tunnels.relay import host_keys
from colabwidget.tunnels.relay.spec import SPEC

# What OpenSSH's client says at LogLevel DEBUG1 once the server has agreed (since 5.4).
_ALLOCATED = re.compile(r"Allocated port (\d+) for remote forward to ")
_AGREED = re.compile(r"debug1: remote forward success for: listen \S*:(\d+),")
_REFUSED_PORT = re.compile(r"remote port forwarding failed for listen port (\d+)")
# What public relays print: the address that they have given.
_GIVEN = re.compile(r"(?:tcp://|forwarding tcp connections from )([\w.-]+):(\d+)", re.I)
# Relays that print it only to a session, which ssh asks for without -N.
_SESSION_ONLY = re.compile(r"(?:^|\.)pinggy\.io$")
_PUBLIC_WITHIN = 3.0  # seconds; a port that is open to the outside answers in less


class RelayTunnel(ProgramTunnel):
    """A reverse forward; parameters as those of `ProgramTunnel`."""

    spec = SPEC

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        super().__init__(options, token, context)
        self.title = "the SSH relay"
        self._server = SshServer.parse(options.server)
        self._known_hosts = context.directory / "relay_known_hosts"
        self._identity = Path()
        self._port = 0  # that the server is asked for; 0 for any
        self._jumps = False
        # ssh with a session ends at the end of its standard input.
        self.keeps_stdin = self._has_session = bool(_SESSION_ONLY.search(self._server.host))

    async def open(self, local_port: int) -> Endpoint:
        """Check the server's host key, sign in, and ask for a port.

        Raises
        ------
        ColabWidgetError
            ``server_unreachable``, ``server_key_unknown``, ``server_key_other``,
            ``server_refused``, ``server_no_forward``, ``identity_unusable``, ``tunnel_failed``.
        """
        journal = self.context.journal
        self.context.progress(f"signing in to {self._server}", None)
        self._identity = await host_keys.ensure_identity(self.options.identity, journal)
        known = await host_keys.ensure_known(self._server, self.options.server_key, journal)
        host_keys.write_known_hosts(self._known_hosts, known)
        endpoint = await self._forward(local_port)
        self._jumps = endpoint.host == self._server.host and not await _is_public(endpoint)
        if not self._jumps:
            return endpoint
        journal.add(
            f"{self._server.host} keeps its port {endpoint.port} to itself (GatewayPorts of its "
            "sshd): clients go over it as a jump host."
        )
        return Endpoint("localhost", endpoint.port, jump=str(self._server))

    async def close(self) -> None:
        """End ssh, and forget what was written for it."""
        await super().close()
        self._known_hosts.unlink(missing_ok=True)

    async def _forward(self, local_port: int) -> Endpoint:
        """Ask for the port that clients know; where it is taken by now, for any port."""
        previous = self.context.previous_endpoint
        own = previous is not None and previous.host in ("localhost", self._server.host)
        self._port = previous.port if previous and own else 0
        try:
            return await super().open(local_port)
        except ColabWidgetError:
            if not self._port or not any(map(_REFUSED_PORT.search, self._said)):
                raise
        self._port = 0
        return await super().open(local_port)

    def command(self, local_port: int) -> Sequence[str]:
        """Return ssh's command line: no forward but this one, and mostly no session."""
        session = ["-T"] if self._has_session else ["-T", "-N"]
        forward = f"*:{self._port}:127.0.0.1:{local_port}"
        options = ["-o", "ExitOnForwardFailure=yes", "-o", "LogLevel=DEBUG1"]
        return [*self._ssh(), *session, *options, "-R", forward, self._server.host]

    def parse_endpoint(self, line: str) -> Endpoint | None:
        """Return where the forward begins, as ssh or the relay says."""
        if match := _GIVEN.search(line):
            return Endpoint(match.group(1), int(match.group(2)))
        if self._has_session:
            return None
        match = _ALLOCATED.search(line) or (_AGREED.search(line) if self._port else None)
        return Endpoint(self._server.host, int(match.group(1))) if match else None

    def is_worth_logging(self, line: str) -> bool:
        """Leave out what ssh says for debugging."""
        return super().is_worth_logging(line) and not line.startswith(
            ("debug1:", "OpenSSH_", "Pseudo-term")
        )

    def loopback_command(self) -> Sequence[str]:
        """Return the command line that does what a jump host does, with this machine's own key."""
        if not self._jumps or self.endpoint is None:
            return ()
        return [*self._ssh(), "-W", f"localhost:{self.endpoint.port}", self._server.host]

    def start_error(self, said: Sequence[str]) -> ColabWidgetError:
        """Return what ssh's words mean."""
        text, server = "\n".join(said), str(self._server)
        if "Permission denied" in text or "Too many authentication failures" in text:
            public = host_keys.public_half(self._identity)
            return ColabWidgetError("server_refused", server=server, copy=public)
        if "Host key verification failed" in text:
            return ColabWidgetError("server_key_other", server=server, fingerprint="another one")
        if _REFUSED_PORT.search(text) or "administratively prohibited" in text:
            return ColabWidgetError("server_no_forward", server=server)
        if "bad permissions" in text or "invalid format" in text or "error in libcrypto" in text:
            reason = "It is no private key, or others may read it."
            path = str(self._identity)
            return ColabWidgetError("identity_unusable", path=path, reason=reason)
        if re.search(r"onnection (?:refused|timed out|reset|closed)|o route|nreachable", text):
            return ColabWidgetError("server_unreachable", server=server, reason=f"{said[-1]}.")
        return super().start_error(said)

    def _ssh(self) -> list[str]:
        settings = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "IdentityFile": openssh(str(self._identity), tokens=True),
            "UserKnownHostsFile": openssh(str(self._known_hosts)),
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


async def _is_public(endpoint: Endpoint) -> bool:
    """Tell whether the port that the server gave is open to the outside."""
    deadline = asyncio.get_running_loop().time() + _PUBLIC_WITHIN
    while True:
        left = deadline - asyncio.get_running_loop().time()
        found = await probe_sshd(endpoint.host, endpoint.port, seconds=max(left, 0.5))
        # A refusal is final: the server listens before it announces the port.
        if found in (GREETED, REFUSED) or left < 0.5:
            return found == GREETED
        await asyncio.sleep(0.2)


TUNNEL = RelayTunnel
