"""Where a tunnel leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from colabwidget.core import codec
from colabwidget.core.ssh_address import bracketed


@dataclass(frozen=True)
class Endpoint:
    """Host and port that a tunnel gives, and how a client gets there.

    Parameters
    ----------
    host, port
        Where a client connects to.
    proxy
        Command that carries a client's connection, as OpenSSH's ``ProxyCommand``; empty for TCP.
    jump
        Host over which a client goes, as OpenSSH's ``ProxyJump``: ``"user@host:port"``, or empty.
    """

    host: str
    port: int
    proxy: str = ""
    jump: str = ""

    def __str__(self) -> str:
        if self.proxy:
            return self.host
        return f"{bracketed(self.host)}:{self.port}"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return codec.encode(self)
