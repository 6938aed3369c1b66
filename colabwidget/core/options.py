"""The options of a session: one table, from which every face takes its own.

A new option is one line in `Options`. The command line, the backend's checks of types and the
report follow the table by themselves. ``make generate`` writes what an editor and a type checker
must be able to read: the parameters of `colabwidget.connect` and of the widgets, the widget's
traits, and docs/reference/options.md. A test keeps these equal to the table.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from colabwidget.core import codec
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.option import ACCESS, DESKTOP, OPEN, TOKEN, TUNNEL, Option, option
from colabwidget.core.settings import DRIVE

#: The tunnel of a session that stays inside the notebook.
NO_TUNNEL = "none"

#: The VNC server is the first of the others that is available.
ANY_VNC_SERVER = "auto"
#: VNC servers by name, with their titles, the better one first. Each but the first entry is a file
#: of `colabwidget.desktops.servers`.
VNC_SERVERS = {ANY_VNC_SERVER: "Automatic", "turbovnc": "TurboVNC", "tigervnc": "TigerVNC"}
DEPTHS = (16, 24)  # bits per pixel that every VNC server has
_TEXT_MAX = 300  # characters
_MINUTES_MAX = 43_200  # 30 days
# Expressions are compiled at their first use: a form that is shown needs none.
_GEOMETRY = r"(\d{3,4})x(\d{3,4})"
_GEOMETRY_MIN, _GEOMETRY_MAX = (320, 240), (8192, 8192)
# Names that directory services give are taken as well: alice@corp.example, CORP\\alice.
_USER = r"(?a)\w[\w.@+\\-]{0,62}\$?"

_REASONS: dict[codec.Fault, str] = {
    "no_table": "They are not a table of values.",
    "unknown": "There is no option {short}.",
    "wrong_type": "{field} must be {expected}.",
    "missing": "{field} is missing.",
}


# Options are not changed once they are made: `replace` returns others. frozen=True would enforce
# that, and cost every notebook 0.4 ms before its form is there; a repr costs 0.2 ms, as does an
# equality that dataclass writes.
@dataclass(repr=False, eq=False)
class Options:
    """What a session is asked for; no secret is among it. `OPTIONS` describes each field."""

    tunnel: str = option(
        "ngrok", TUNNEL, "What makes the machine reachable.", metavar="NAME", own_rule=True
    )
    region: str = option(
        "", TUNNEL, "One of the tunnel's regions; empty for the nearest.", own_rule=True
    )
    ssh: bool = option(True, OPEN, "Whether SSH is opened.")
    desktop: bool = option(
        False, OPEN, "Whether a desktop is opened, which clients reach through SSH."
    )
    public_key: str = option(
        "",
        ACCESS,
        "Keys that sign in without a password, a line each: an OpenSSH public key, "
        "``github:NAME``, ``gitlab:NAME``, or the path of a file with keys.",
        metavar="KEY",
        trait=False,
        own_rule=True,
    )
    user: str = option(
        "colab",
        ACCESS,
        "The account to sign in to; without root, empty and ``colab`` mean the notebook's own.",
        own_rule=True,
    )
    address: str = option(
        "",
        TUNNEL,
        "The address to listen on; empty for the machine's own.",
        field=True,
    )
    server: str = option(
        "",
        TUNNEL,
        "The server.",
        metavar="USER@HOST:PORT",
        field=True,
    )
    server_key: str = option(
        "",
        TUNNEL,
        "Fingerprint of the server's host key; empty for a server that is known.",
        metavar="SHA256:...",
        field=True,
    )
    identity: str = option(
        "",
        TUNNEL,
        "Path of the private key that the server accepts; empty for a new key.",
        metavar="FILE",
        field=True,
    )
    idle_timeout: int = option(
        60,
        ACCESS,
        "Minutes without a client until the tunnel is closed; 0 for never.",
        metavar="MINUTES",
    )
    session_timeout: int = option(
        0,
        ACCESS,
        "Minutes until the session ends, whatever goes on in it; 0 for never.",
        metavar="MINUTES",
    )
    sudo: bool = option(
        True, ACCESS, "Whether an account that colabwidget makes may use sudo.", trait=False
    )
    agent_forwarding: bool = option(
        False,
        ACCESS,
        "Whether ``ssh -A`` lends the keys of the client's agent to the machine.",
        trait=False,
    )
    remote_forwarding: bool = option(
        False,
        ACCESS,
        "Whether ``ssh -R`` lets programs of this machine reach ports of the client's computer.",
        trait=False,
    )
    mount_gdrive_to: str = option(
        "",
        ACCESS,
        "Folder in the account's home where Google Drive appears; empty for none.",
        metavar="FOLDER",
    )
    mount_gdrive_from: str = option(
        "",
        ACCESS,
        "Folder of Google Drive, such as ``My Drive/data``; empty for the whole drive.",
        metavar="FOLDER",
    )
    geometry: str = option(
        "1600x900",
        DESKTOP,
        "First size of the desktop in pixels; a viewer can change it.",
        metavar="WIDTHxHEIGHT",
        own_rule=True,
    )
    depth: int = option(
        24, DESKTOP, "Colour depth of the desktop, in bits per pixel.", choices=DEPTHS
    )
    vnc: str = option(
        ANY_VNC_SERVER,
        DESKTOP,
        "The VNC server; ``auto`` is TurboVNC if it can be downloaded.",
        choices=(*VNC_SERVERS,),
        own_rule=True,
    )
    root_keys: bool = option(
        False,
        ACCESS,
        "Whether the keys in root's own ``~/.ssh/authorized_keys`` open root beside the account.",
        trait=False,
    )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Options) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def checked(self, *, whole: bool = True) -> "Options":
        """Return the options in their final form, but for what only their tunnel can check.

        `colabwidget.tunnels.validation.checked` does that as well.

        Parameters
        ----------
        whole
            Whether the options are complete; else a missing one is no error.

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
        for name in ("idle_timeout", "session_timeout"):
            if not 0 <= (minutes := getattr(self, name)) <= _MINUTES_MAX:
                raise ColabWidgetError("minutes_invalid", field=name, minutes=minutes)
        texts |= _drive_folders(self.mount_gdrive_to, self.mount_gdrive_from, whole)
        if self.user and not re.fullmatch(_USER, self.user):
            raise ColabWidgetError("user_invalid", user=repr(self.user[:40]))
        keys = self.public_key
        if keys:
            from colabwidget.core import public_keys  # a form is shown without them

            keys = public_keys.checked(keys)
        final = {**texts, "public_key": keys, "ssh": self.ssh and not here}
        return replace(self, **final)

    def check_texts(self) -> None:
        """Check that each text is a single line of sane length.

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
        match = re.fullmatch(_GEOMETRY, self.geometry)
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

    def differences(self, other: "Options") -> str:
        """Return a sentence on where the other options differ; empty where they do not.

        A desktop in only one of them is no difference, since it can be added and removed; how it
        is made is a difference where both have it.
        """
        mine, theirs = codec.encode(self), codec.encode(other)
        if NO_TUNNEL in (self.tunnel, other.tunnel) and self.tunnel != other.tunnel:
            here = "It is open inside this notebook only, and you asked for SSH."
            there = "It can be reached by SSH, and you asked for a desktop in this notebook only."
            return here if self.tunnel == NO_TUNNEL else there
        ignored = {"desktop"} if self.desktop and other.desktop else {"desktop", *DESKTOP_OPTIONS}
        # The server's key is needed once; cells of remocolab ask for root's keys, others do not.
        ignored |= {"server_key", "root_keys", "idle_timeout", "session_timeout"}
        named = {
            "public_key": "another public key",
            "mount_gdrive_to": f"Google Drive in {self.mount_gdrive_to or 'no folder'}",
            "mount_gdrive_from": f"{self.mount_gdrive_from or 'all'} of Google Drive",
        }
        words = {True: "on", False: "off", "": "automatic"}
        found = [
            named.get(name, f"{name} {words.get(mine[name], mine[name])}")
            for name in mine
            if mine[name] != theirs[name] and name not in ignored
        ]
        return f"It has other options than you chose: {', '.join(found)}." if found else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the values by name."""
        return codec.encode(self)

    @classmethod
    def from_dict(cls, values: object) -> "Options":
        """Return the options that came over a wire.

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


def _described(each: Any) -> Option:
    return Option(each.name, each.default, **each.metadata)


#: The table: each option by name.
OPTIONS: dict[str, Option] = {each.name: _described(each) for each in fields(Options)}

#: How a tunnel's authtoken is given; a session's options never hold it.
TOKEN_GIVEN = Option(
    "token",
    "",
    TOKEN,
    "The tunnel's authtoken; without it and ``token_secret`` a prompt asks for one.",
    trait=False,
)
TOKEN_SECRET = Option(
    "token_secret",
    "",
    TOKEN,
    "Name of the secret that holds the tunnel's authtoken: one of Colab's or Kaggle's secrets, or "
    "an environment variable.",
    metavar="NAME",
)

#: Options of the way in: it can be another one for what is kept on the machine.
TUNNEL_OPTIONS = tuple(name for name, each in OPTIONS.items() if each.scope == TUNNEL)
#: How the desktop is made.
DESKTOP_OPTIONS = tuple(name for name, each in OPTIONS.items() if each.scope == DESKTOP)
#: Options that a tunnel's form can have a field for.
FIELD_OPTIONS = tuple(name for name, each in OPTIONS.items() if each.field)
#: Options that are traits of the widget.
TRAIT_OPTIONS = tuple(name for name, each in OPTIONS.items() if each.trait)
#: Options that are any text on one line.
TEXTS = tuple(
    name for name, each in OPTIONS.items() if isinstance(each.default, str) and not each.own_rule
)


class UnknownOption(ColabWidgetError, TypeError):
    """A parameter of a name that no option has."""


def check_names(given: Collection[str], known: Iterable[str]) -> None:
    """Refuse parameters that are no option.

    Parameters
    ----------
    given
        Names of the parameters.
    known
        Names of the options.

    Raises
    ------
    UnknownOption
        With the nearest name; values are never repeated.
    """
    if not given:
        return
    import difflib  # seldom needed

    names, wrong = [*known], min(given)
    near = difflib.get_close_matches(wrong, names, 1)
    reason = f"Did you mean {near[0]}?" if near else f"The options are {', '.join(names)}."
    raise UnknownOption("option_unknown", name=wrong[:40], reason=reason)


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
        reason = "The folder in the home in which it appears was left empty."
        raise ColabWidgetError(
            "drive_folder_invalid", folder=repr(of[:60]), reason=reason, field="mount_gdrive_to"
        )
    return {name: folder.rstrip("/") for name, folder in folders.items()}
