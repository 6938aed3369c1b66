"""What the user needs to connect: commands, passwords, links and fingerprints."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

from colabwidget.credentials import Secret

ALIAS = "colabwidget"


@dataclass(frozen=True)
class Endpoint:
    """Host and port that a tunnel gives."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {"host": self.host, "port": self.port}


@dataclass(frozen=True)
class SshDetails:
    """How to sign in with an SSH client.

    Parameters
    ----------
    host, port, user
        Where to and as whom.
    password
        ``None`` where a public key opens the account.
    command
        A command line for a terminal.
    config
        The same as a block for ``~/.ssh/config``.
    known_hosts
        The host key as a line for ``~/.ssh/known_hosts``.
    fingerprint
        SHA-256 of the host key, as ``ssh`` shows it at the first connection.
    vscode_url
        A link that opens VS Code on the machine.
    verified
        Whether the host key was seen through the tunnel's public endpoint.
    verified_reason
        Why not, where it was not.
    """

    host: str
    port: int
    user: str
    password: Secret | None
    command: str
    config: str
    known_hosts: str
    fingerprint: str
    vscode_url: str
    verified: bool = False
    verified_reason: str = ""


@dataclass(frozen=True)
class Details:
    """Everything about an open connection."""

    phase: str
    provider: str
    endpoint: Endpoint
    ssh: SshDetails | None = None

    def as_dict(self, *, reveal: bool) -> dict[str, Any]:
        """Return plain values, in the form that ``--json`` prints.

        Parameters
        ----------
        reveal
            Whether passwords are among them; else there is no such entry.
        """
        ssh: dict[str, Any] | None = None
        if self.ssh:
            ssh = {name: getattr(self.ssh, name) for name in SshDetails.__dataclass_fields__}
            if reveal:
                ssh["password"] = self.ssh.password.reveal() if self.ssh.password else None
            else:
                del ssh["password"]
        tunnel = {"provider": self.provider, "endpoint": self.endpoint.as_dict()}
        return {"phase": self.phase, "tunnel": tunnel, "ssh": ssh}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Details:
        """Make details of what `as_dict` gave in another process."""
        ssh = cast("dict[str, Any] | None", values["ssh"])
        if ssh:
            password = ssh.get("password")
            ssh = {**ssh, "password": Secret(password) if password else None}
        return cls(
            phase=values["phase"],
            provider=values["tunnel"]["provider"],
            endpoint=Endpoint(**values["tunnel"]["endpoint"]),
            ssh=SshDetails(**ssh) if ssh else None,
        )

    def with_phase(self, phase: str) -> Details:
        """Return the same details in another phase."""
        return replace(self, phase=phase)


def ssh_details(
    endpoint: Endpoint,
    user: str,
    home: str,
    host_key: str,
    password: Secret | None,
    verified: bool,
    verified_reason: str = "",
) -> SshDetails:
    """Return how to sign in through an endpoint.

    Parameters
    ----------
    endpoint
        Where clients connect to.
    user, home
        Account and its home folder on the machine.
    host_key
        Public host key: ``"ssh-ed25519 AAAA..."``.
    password
        ``None`` where a public key opens the account.
    verified, verified_reason
        As in `SshDetails`.
    """
    host, port = endpoint.host, endpoint.port
    place = host if port == 22 else f"[{host}]:{port}"
    config = (
        f"Host {ALIAS}\n  HostName {host}\n  Port {port}\n  User {user}\n  ServerAliveInterval 30\n"
    )
    authority = f"{user}@{'[' + host + ']' if ':' in host else host}:{port}"
    return SshDetails(
        host=host,
        port=port,
        user=user,
        password=password,
        command=f"ssh -p {port} {user}@{host}",
        config=config,
        known_hosts=f"{place} {host_key}",
        fingerprint=fingerprint(host_key),
        vscode_url=f"vscode://vscode-remote/ssh-remote+{authority}{quote(home)}",
        verified=verified,
        verified_reason=verified_reason,
    )


def fingerprint(public_key: str) -> str:
    """Return the fingerprint of a public key as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
