"""What the user asked for, checked once, at the edge."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from dataclasses import asdict, dataclass, fields
from typing import Any

from colabwidget import providers
from colabwidget.errors import ColabWidgetError
from colabwidget.ssh_server import SshServer, check_fingerprint

#: Options that are any text on one line.
TEXTS = ("address", "server", "server_key", "identity", "mount_gdrive_to", "mount_gdrive_from")
_TEXT_MAX = 300
VNC_SERVERS = ("auto", "turbovnc", "tigervnc")
DESKTOP_OPTIONS = ("geometry", "depth", "vnc")
DEPTHS = (16, 24)  # bits a pixel that every VNC server has
_GEOMETRY = re.compile(r"(\d{3,4})x(\d{3,4})")
_GEOMETRY_MIN, _GEOMETRY_MAX = (320, 240), (8192, 8192)

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|openssh-key-v1|b3BlbnNzaC1rZXktdjE"
)
# The fields of a key behind its type, by their length in bytes; None is any length but 0.
# RFC 4253, 5656, 8709 and OpenSSH's PROTOCOL.u2f.
_KEY_TYPES: dict[str, tuple[int | None, ...]] = {
    "ssh-ed25519": (32,),
    "ssh-rsa": (None, None),
    "ecdsa-sha2-nistp256": (8, 65),
    "ecdsa-sha2-nistp384": (8, 97),
    "ecdsa-sha2-nistp521": (8, 133),
    "sk-ssh-ed25519@openssh.com": (32, None),
    "sk-ecdsa-sha2-nistp256@openssh.com": (8, 65, None),
}


@dataclass(frozen=True)
class Options:
    """What the user asked for; no secret is among it.

    Parameters
    ----------
    tunnel
        Name of a provider; see `colabwidget.providers`.
    region
        Region of the provider; empty for the nearest.
    ssh, desktop
        What to open.
    user
        Account to sign in to. Without root, empty or ``"colab"`` mean the notebook's own.
    public_key
        One line of an OpenSSH public key file; with it there is no password. Empty for a password.
    address
        For the tunnel ``direct``: the address to listen on; empty for the machine's own.
    server
        For the tunnel ``relay``: ``"user@host"``, or ``"user@host:port"``.
    server_key
        Fingerprint of the server's host key, ``"SHA256:..."``; empty for one that is known.
    identity
        Path of the private key that the server takes; empty for one that is made here.
    mount_gdrive_to
        Folder in the account's home where Google Drive appears; empty for none.
    mount_gdrive_from
        Folder of the drive, such as ``"My Drive/data"``; empty for the whole drive.
    geometry
        First size of the desktop in pixels, ``"WIDTHxHEIGHT"``; a viewer can change it.
    depth
        Its bits a pixel, one of `DEPTHS`.
    vnc
        The VNC server, one of `VNC_SERVERS`; ``"auto"`` is TurboVNC where it can be had.
    """

    tunnel: str = "ngrok"
    region: str = ""
    ssh: bool = True
    desktop: bool = False
    user: str = "colab"
    public_key: str = ""
    address: str = ""
    server: str = ""
    server_key: str = ""
    identity: str = ""
    mount_gdrive_to: str = ""
    mount_gdrive_from: str = ""
    geometry: str = "1600x900"
    depth: int = 24
    vnc: str = "auto"

    def checked(self, *, whole: bool = True) -> Options:
        """Return the options in their final form.

        Parameters
        ----------
        whole
            Whether all are there; else nothing is said of what is missing.

        Raises
        ------
        ColabWidgetError
            With the field at fault.
        """
        provider = providers.find(self.tunnel)
        regions = [region["value"] for region in provider["regions"]]
        if self.region and regions and self.region not in regions:
            known = ", ".join(filter(None, regions))
            raise ColabWidgetError("region_unknown", region=repr(self.region), regions=known)
        self._check_texts()
        for field in provider["fields"] if whole else ():
            self._check_field(field, provider["title"])
        if not self.ssh and not self.desktop:
            raise ColabWidgetError("nothing_chosen")
        if self.desktop and not self.ssh:
            raise ColabWidgetError("desktop_needs_ssh")
        self._check_desktop()
        if self.user and not _USER.fullmatch(self.user):
            raise ColabWidgetError("user_invalid", user=repr(self.user[:40]))
        region = self.region if regions else ""
        texts = {name: getattr(self, name).strip() for name in TEXTS}
        return Options(
            **{**asdict(self), **texts, "region": region, "public_key": _key(self.public_key)}
        )

    def _check_texts(self) -> None:
        for name in TEXTS:
            text = getattr(self, name)
            if len(text) > _TEXT_MAX or not text.isprintable():
                raise ColabWidgetError("text_invalid", field=name, label=repr(name))

    def _check_field(self, field: providers.Field, tunnel: str) -> None:
        """See that what the tunnel asks for is there, and has the form that it needs."""
        name, text = field["name"], getattr(self, field["name"]).strip()
        if not text and field["required"]:
            label = field["label"]
            raise ColabWidgetError("field_missing", field=name, label=label, tunnel=tunnel)
        if text and name == "server" and self.tunnel == "relay":
            SshServer.parse(text)
        if text and name == "server_key" and self.tunnel == "relay":
            check_fingerprint(text)

    def _check_desktop(self) -> None:
        match = _GEOMETRY.fullmatch(self.geometry)
        size = tuple(map(int, match.groups())) if match else (0, 0)
        if not all(
            least <= pixels <= most
            for least, pixels, most in zip(_GEOMETRY_MIN, size, _GEOMETRY_MAX, strict=True)
        ):
            raise ColabWidgetError("geometry_invalid", geometry=repr(self.geometry[:40]))
        if self.depth not in DEPTHS:
            raise ColabWidgetError("depth_invalid", depth=self.depth)
        if self.vnc not in VNC_SERVERS:
            raise ColabWidgetError(
                "vnc_unknown", vnc=repr(self.vnc[:40]), servers=", ".join(VNC_SERVERS)
            )

    def differences(self, other: Options) -> str:
        """Name for people where others differ from these; empty where they do not.

        That one has a desktop and the other none is no difference, for it can be added and
        removed; how it is made is one where both have it.
        """
        mine, theirs = asdict(self), asdict(other)
        ignored = {"desktop"} if self.desktop and other.desktop else {"desktop", *DESKTOP_OPTIONS}
        ignored.add("server_key")  # it is asked for once, and remembered
        return ", ".join(
            "public key" if name == "public_key" else f"{name} {mine[name] or 'automatic'}"
            for name in mine
            if mine[name] != theirs[name] and name not in ignored
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> Options:
        """Make options of what came over a wire.

        Raises
        ------
        ColabWidgetError
            ``options_invalid`` for an unknown name or a value of the wrong type.
        """
        if not isinstance(values, dict):
            raise ColabWidgetError("options_invalid", reason="They are not a table of values.")
        types = {field.name: type(field.default) for field in fields(cls)}
        for name, value in values.items():
            if name not in types:
                raise ColabWidgetError(
                    "options_invalid", reason=f"There is no option {str(name)[:40]!r}."
                )
            if type(value) is not types[name]:
                raise ColabWidgetError(
                    "options_invalid", reason=f"{name} must be {types[name].__name__}."
                )
        return cls(**values)


def _key(text: str) -> str:
    """Return one clean public key line, or the empty string for an empty text."""
    if _PRIVATE_KEY.search(text):
        raise ColabWidgetError("public_key_private")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    lines = [line for line in lines if not line.startswith("#")]
    if not lines:
        raise ColabWidgetError("public_key_broken", reason="It has only comments.")
    if len(lines) > 1:
        raise ColabWidgetError("public_key_broken", reason="It has more than one line.")
    kind, _, rest = lines[0].partition(" ")
    if kind not in _KEY_TYPES:
        raise ColabWidgetError(
            "public_key_broken", reason="It does not begin with a key type such as ssh-ed25519."
        )
    body, _, comment = rest.strip().partition(" ")
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not _holds_fields(data, kind):
        raise ColabWidgetError("public_key_broken", reason="Its middle part is damaged or cut off.")
    comment = "".join(c for c in comment if c.isprintable())[:100]
    return f"{kind} {body} {comment}".strip()


def _holds_fields(data: bytes, kind: str) -> bool:
    """Tell whether the blob is whole: length-prefixed fields (RFC 4253), the first its type."""
    parts = []
    while data:
        if len(data) < 4:
            return False
        (size,) = struct.unpack(">I", data[:4])
        if len(data) < 4 + size:
            return False
        parts.append(data[4 : 4 + size])
        data = data[4 + size :]
    sizes = _KEY_TYPES[kind]
    return (
        len(parts) == 1 + len(sizes)
        and parts[0] == kind.encode()
        and all(
            part and size in (None, len(part)) for part, size in zip(parts[1:], sizes, strict=True)
        )
    )
