"""Addresses and host keys of SSH servers, as people and OpenSSH write them."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from colabwidget.core.errors import ColabWidgetError

# The expressions are compiled at their first use: most kernels need neither.
_SERVER = (
    r"(?a)(?:(?P<user>\w[\w.+-]{0,63})@)?(?P<host>\w[\w.-]{0,252}|\[[0-9a-fA-F:.]{2,45}\])"
    r"(?::(?P<port>\d{1,5}))?"
)
_HOST = r"(?a)(?:\w(?:[\w-]{0,61}\w)?\.)*\w(?:[\w-]{0,61}\w)?"
# As ssh-keygen -l prints it: 256 bits in base64, without the padding.
_FINGERPRINT = r"SHA256:[A-Za-z0-9+/]{43}"


class SshServer(NamedTuple):
    """Where ssh signs in; an empty user leaves it to ssh."""

    user: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> SshServer:
        """Take ``user@host:port`` apart; user and port may be missing.

        Raises
        ------
        ColabWidgetError
            ``server_invalid``.
        """
        match = re.fullmatch(_SERVER, text.strip().removeprefix("ssh://").removeprefix("ssh "))
        port = int(match["port"] or 22) if match else 0
        if not match or not 0 < port < 65536:
            raise ColabWidgetError("server_invalid", server=repr(text[:60]))
        return cls(match["user"] or "", match["host"].strip("[]"), port)

    @property
    def place(self) -> str:
        """As a line of ``known_hosts`` has it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    def __str__(self) -> str:
        host = bracketed(self.host)
        who = f"{self.user}@{host}" if self.user else host
        return who if self.port == 22 else f"{who}:{self.port}"


def is_host(text: object) -> bool:
    """Tell whether a text is the name of a host, as DNS has them, or an IP address.

    Names have ASCII letters, digits, hyphens and, as some do, underscores; no part begins with a
    hyphen, so that no program takes a host for an option. An IPv6 address may name its interface.
    """
    if not isinstance(text, str) or not text.isascii():
        return False
    if ":" in text:
        import ipaddress  # a form is shown without it

        address, percent, interface = text.partition("%")
        if percent and not re.fullmatch(r"[\w.-]{1,15}", interface):
            return False
        try:
            return bool(ipaddress.IPv6Address(address))
        except ValueError:
            return False
    return len(text) < 254 and re.fullmatch(_HOST, text.removesuffix(".")) is not None


def bracketed(host: str) -> str:
    """Return a host as it stands where a colon follows: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def check_fingerprint(text: str) -> None:
    """See that a text is the fingerprint of a host key.

    Raises
    ------
    ColabWidgetError
        ``server_key_invalid``.
    """
    if not re.fullmatch(_FINGERPRINT, text):
        raise ColabWidgetError("server_key_invalid", fingerprint=repr(text[:60]))


def fingerprint(public_key: str) -> str:
    """Return the fingerprint of a public key as ``ssh-keygen -l`` prints it."""
    import hashlib  # loads a library that a form does without

    digest = hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
