"""What the user asked for, checked once, at the edge."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from colabwidget.core import codec, public_keys
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.settings import DRIVE

#: The tunnel of a session that stays inside the notebook.
NO_TUNNEL = "none"

#: Options that are any text on one line.
TEXTS = ("address", "server", "server_key", "identity", "mount_gdrive_to", "mount_gdrive_from")
_TEXT_MAX = 300
#: The VNC server is the first of the others that can be had.
ANY_VNC_SERVER = "auto"
#: VNC servers by name, with their titles, the better one first. Each but the first entry is a file
#: of `colabwidget.desktops.servers`.
VNC_SERVERS = {ANY_VNC_SERVER: "Automatic", "turbovnc": "TurboVNC", "tigervnc": "TigerVNC"}
DESKTOP_OPTIONS = ("geometry", "depth", "vnc")
DEPTHS = (16, 24)  # bits a pixel that every VNC server has
_GEOMETRY = re.compile(r"(\d{3,4})x(\d{3,4})")
_GEOMETRY_MIN, _GEOMETRY_MAX = (320, 240), (8192, 8192)

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


_REASONS: dict[codec.Fault, str] = {
    "no_table": "They are not a table of values.",
    "unknown": "There is no option {short}.",
    "wrong_type": "{field} must be {expected}.",
    "missing": "{field} is missing.",
}


@dataclass(frozen=True)
class Options:
    """What the user asked for; no secret is among it.

    Parameters
    ----------
    tunnel
        Name of a provider; see `colabwidget.tunnels`. With ``"none"`` there is no SSH: the
        desktop is shown inside the notebook only.
    region
        Region of the provider; empty for the nearest.
    ssh, desktop
        What to open.
    user
        Account to sign in to. Without root, empty or ``"colab"`` mean the notebook's own.
    public_key
        Lines, each an OpenSSH public key, ``"github:NAME"``, ``"gitlab:NAME"``, or the path of a
        file on this machine that has keys. With one there is no password. Empty for a password.
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
        Folder of the drive, such as ``"My Drive/data"``; empty for the whole drive. Both are as in
        remocolab.
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
        """Return the options in their final form, but for what only their tunnel can check.

        `colabwidget.tunnels.validation.checked` does that as well.

        Parameters
        ----------
        whole
            Whether all are there; else nothing is said of what is missing.

        Raises
        ------
        ColabWidgetError
            With the field at fault.
        """
        self.check_texts()
        texts = {name: getattr(self, name).strip() for name in TEXTS}
        here = self.tunnel == NO_TUNNEL
        if not self.desktop and (not self.ssh or (here and whole)):
            raise ColabWidgetError("nothing_chosen")
        if self.desktop and not self.ssh and not here:
            raise ColabWidgetError("desktop_needs_ssh")
        self._check_desktop()
        texts |= _drive_folders(self.mount_gdrive_to, self.mount_gdrive_from, whole)
        if self.user and not _USER.fullmatch(self.user):
            raise ColabWidgetError("user_invalid", user=repr(self.user[:40]))
        keys = public_keys.checked(self.public_key)
        final = {**texts, "public_key": keys, "ssh": self.ssh and not here}
        return replace(self, **final)

    def check_texts(self) -> None:
        """See that each text is one line of sane length.

        Raises
        ------
        ColabWidgetError
            ``text_invalid``.
        """
        for name in TEXTS:
            text = getattr(self, name)
            if len(text) > _TEXT_MAX or not text.isprintable():
                raise ColabWidgetError("text_invalid", field=name, label=repr(name))

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
        mine, theirs = codec.encode(self), codec.encode(other)
        if NO_TUNNEL in (self.tunnel, other.tunnel) and self.tunnel != other.tunnel:
            return "in this notebook only" if self.tunnel == NO_TUNNEL else "reachable by SSH"
        ignored = {"desktop"} if self.desktop and other.desktop else {"desktop", *DESKTOP_OPTIONS}
        ignored.add("server_key")  # it is asked for once, and remembered
        named = {
            "public_key": "public key",
            "mount_gdrive_to": f"Google Drive in {self.mount_gdrive_to or 'no folder'}",
            "mount_gdrive_from": f"of Google Drive {self.mount_gdrive_from or 'all'}",
        }
        return ", ".join(
            named.get(name, f"{name} {mine[name] or 'automatic'}")
            for name in mine
            if mine[name] != theirs[name] and name not in ignored
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return codec.encode(self)

    @classmethod
    def from_dict(cls, values: object) -> Options:
        """Make options of what came over a wire.

        Raises
        ------
        ColabWidgetError
            ``options_invalid`` for an unknown name or a value of the wrong type.
        """
        try:
            return codec.decode(cls, values)
        except codec.DecodeError as error:
            reason = _REASONS[error.fault].format(
                field=error.field, short=repr(error.field[:40]), expected=error.expected
            )
            raise ColabWidgetError("options_invalid", reason=reason) from None


def _drive_folders(to: str, of: str, whole: bool) -> dict[str, str]:
    """Return the two folders of Google Drive in their final form."""
    to, of = to.strip(), of.strip()
    # As Colab's file browser copies a path.
    of = of.removeprefix(f"{DRIVE.default}/") if of != DRIVE.default else ""
    folders = {"mount_gdrive_to": to, "mount_gdrive_from": of}
    for name, folder in folders.items():
        parts = folder.rstrip("/").split("/")
        if folder.startswith(("/", "~")):
            place = "home, such as drive" if folder == to else "drive, such as My Drive/data"
            reason = f"It has to be a folder of the {place}."
        elif folder and any(part.strip() in ("", ".", "..") for part in parts):
            reason = "Each part between slashes has to be a name."
        else:
            continue
        raise ColabWidgetError(
            "drive_folder_invalid", folder=repr(folder), reason=reason, field=name
        )
    if whole and of and not to:
        reason = "Where it shall appear in the home was left empty."
        raise ColabWidgetError(
            "drive_folder_invalid", folder=repr(of[:60]), reason=reason, field="mount_gdrive_to"
        )
    return {name: folder.rstrip("/") for name, folder in folders.items()}
