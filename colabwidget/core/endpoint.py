"""Where a tunnel leads."""

from dataclasses import dataclass
from typing import Any

from colabwidget.core import codec
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.ssh_address import SshServer, bracketed, is_host


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

    def check(self, tunnel: str) -> None:
        """See that clients' commands, files and links can hold it and mean nothing else.

        Host and port come from a service, a program or another package. They are written into
        command lines, ``ssh_config``, ``known_hosts`` and links.

        Parameters
        ----------
        tunnel
            The tunnel's name for people.

        Raises
        ------
        ColabWidgetError
            ``endpoint_invalid``.
        """
        told = f"{self.host}:{self.port}"
        if not is_host(self.host) or type(self.port) is not int or not 0 < self.port < 65536:
            raise _invalid(tunnel, told)
        if not isinstance(self.proxy, str) or not all(map(str.isprintable, self.proxy)):
            raise _invalid(tunnel, self.proxy)
        if not isinstance(self.jump, str) or (self.jump and not _is_way(self.jump)):
            raise _invalid(tunnel, self.jump)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return codec.encode(self)


def _invalid(tunnel: str, told: object) -> ColabWidgetError:
    reason = f"It said {repr(told)[:80]}, which is no host and port."
    return ColabWidgetError("endpoint_invalid", tunnel=tunnel, reason=reason)


def _is_way(jump: str) -> bool:
    """Tell whether a text is servers one after the other, as ``ProxyJump`` takes them."""
    try:
        return all(is_host(SshServer.parse(each).host) for each in jump.split(",")) and (
            not any(map(str.isspace, jump))
        )
    except ColabWidgetError:
        return False
