"""The attach string: where the machine is, and a key that opens it for a few minutes.

With that key a client reaches one port of the machine, proves that it has the secret, as for a
pairing, and hands in a public key that it has made. The key of the string is no good after that.
"""

from __future__ import annotations

import base64
import re
from dataclasses import asdict, dataclass, field, fields

from colabwidget.through.faults import Fault
from colabwidget.through.pairing import pack, unpack

_VERSION = 1
_PREFIX = "cwa1."
_WHAT = "attach string"
_BEGIN, _END = (f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END"))
_PORTS = range(1, 65_536)
# What ssh's files can hold and mean nothing else by.
_HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:%-]{0,254}", re.ASCII)
_JUMP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@:%,\[\]-]{0,510}", re.ASCII)
_USER = re.compile(r"[^\s\"'\\-][^\s\"\\]{0,127}")
_HOST_KEY = re.compile(r"[a-z0-9@.-]{4,64} [A-Za-z0-9+/=]{16,2000}", re.ASCII)
#: Commands that carry a connection, as tunnels of ours name them.
KNOWN_PROGRAMS = ("", "cloudflared access ssh --hostname %h")


@dataclass(frozen=True)
class Place:
    """Where a machine is, none of it secret.

    Parameters
    ----------
    user
        The account.
    host, port
        Where ssh connects to.
    host_key
        The machine's public host key.
    proxy, jump
        As ``ProxyCommand`` and ``ProxyJump`` of OpenSSH; empty for none.
    """

    user: str
    host: str
    port: int
    host_key: str
    proxy: str = ""
    jump: str = ""

    def check(self) -> None:
        """See that ssh's files can hold it; it may come from a machine that means no good.

        Raises
        ------
        Fault
            Where they cannot.
        """
        texts = (self.user, self.host, self.host_key, self.proxy, self.jump)
        good = (
            all(isinstance(each, str) and (not each or each.isprintable()) for each in texts)
            and type(self.port) is int
            and self.port in _PORTS
            and _USER.fullmatch(self.user)
            and _HOST.fullmatch(self.host)
            and _HOST_KEY.fullmatch(self.host_key)
            and (not self.jump or _JUMP.fullmatch(self.jump))
        )
        if not good:
            raise Fault(f"The {_WHAT} names a place that ssh's files cannot hold.")


@dataclass(frozen=True)
class AttachString:
    """What a user pastes.

    Parameters
    ----------
    place
        Where the machine is.
    port
        Where it takes public keys, on its own 127.0.0.1.
    secret
        Good for one public key.
    key
        A private key as OpenSSH's files have it, which opens the way to that port.
    """

    place: Place
    port: int
    secret: bytes = field(repr=False)
    key: str = field(repr=False)

    def encode(self) -> str:
        """Return it as text without spaces."""
        body = "".join(line for line in self.key.split("\n") if not line.startswith("-----"))
        return pack(
            _PREFIX,
            {
                "v": _VERSION,
                **asdict(self.place),
                "at": self.port,
                "secret": base64.b64encode(self.secret).decode(),
                "key": body,
            },
        )

    @classmethod
    def parse(cls, text: str) -> AttachString:
        """Take one apart.

        Raises
        ------
        Fault
            For what is none; nothing of it is repeated.
        """
        values = unpack(_PREFIX, "".join(text.split()), _WHAT)  # a terminal may have wrapped it
        try:
            if values["v"] != _VERSION:
                raise Fault(f"The {_WHAT} is of another version: update colabwidget on both sides.")
            place = Place(**{each.name: values[each.name] for each in fields(Place)})
            secret, port = base64.b64decode(values["secret"], validate=True), values["at"]
            body = base64.b64encode(base64.b64decode(values["key"], validate=True)).decode()
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Fault(f"This is no {_WHAT}: copy the whole of it from the card.") from None
        place.check()
        if type(port) is not int or port not in _PORTS:
            raise Fault(f"This is no {_WHAT}: copy the whole of it from the card.")
        lines = [body[at : at + 70] for at in range(0, len(body), 70)]
        return cls(place, port, secret, "\n".join([_BEGIN, *lines, _END, ""]))
