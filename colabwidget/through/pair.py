"""Pairing from the user's computer."""

from __future__ import annotations

from dataclasses import dataclass, field

from colabwidget.through import frames, pairing, ssh_files
from colabwidget.through.address import Address
from colabwidget.through.faults import Fault, Lost
from colabwidget.through.jupyter import Server
from colabwidget.through.links import answer_of
from colabwidget.through.pairing import PairingCode
from colabwidget.through.profiles import NAME, Profile, Profiles
from colabwidget.through.ways.choice import open_link
from colabwidget.through.ways.link import Link

_USED_UP = (
    "The notebook's machine does not take the pairing string: each is good once and for ten "
    "minutes. Copy the one that the card shows now."
)


@dataclass(frozen=True)
class Pasted:
    """A pairing string, taken apart.

    Parameters
    ----------
    url
        Address of the server; empty where the string has none.
    token
        Of the server; empty where the string has none.
    code
        The rest.
    """

    url: str
    token: str = field(repr=False)
    code: PairingCode

    @classmethod
    def parse(cls, text: str) -> Pasted:
        """Take a pairing string apart.

        Raises
        ------
        Fault
            For what is none; nothing of it is repeated.
        """
        whole = "".join(text.split())  # a terminal may have wrapped it
        where, mark, code = whole.rpartition("#")
        found = PairingCode.parse(code if mark else whole)
        if not where:
            return cls("", found.token, found)
        address, token = Address.parse(where)
        return cls(str(address), token or found.token, found)


def pair(
    profiles: Profiles,
    pasted: Pasted,
    *,
    name: str = "",
    way: str = "",
    insecure: bool = False,
    cafile: str = "",
    tmux: bool = False,
    commit: str = "",
    server: Server | None = None,
) -> Profile:
    """Pair this computer, write its files, and return what is kept.

    Parameters
    ----------
    profiles
        Where it is kept.
    pasted
        With an address.
    name
        For ssh; empty for one that is free, or that this server has already.
    way
        The way to take; empty for any.
    insecure
        Whether a server without TLS is taken on.
    cafile
        Certificates that are trusted as the system's are; empty for none.
    tmux
        Whether a shell there stays.
    commit
        Of the VS Code here, whose server the machine then fetches; empty for none.
    server
        What is spoken to where a page is the bridge; no token is kept then.

    Raises
    ------
    Fault
        With what is wrong.
    """
    address = Address.parse(pasted.url)[0]
    if not server:
        address.check(insecure=insecure)
    if not ssh_files.has_ssh():
        raise Fault("OpenSSH is missing on this computer: ssh was not found.")
    name = name or free_name(profiles, str(address))
    machine = pasted.code.machine
    taken, link = open_link(server or Server(address, pasted.token, cafile), machine, only=way)
    profiles.make_folder()
    draft = f"{name}-new"
    try:
        public_key = ssh_files.make_key(profiles, draft)
        _ask(link, pairing.request(pasted.code.secret, public_key, commit))
        for suffix in (".key", ".key.pub"):
            profiles.path(draft, suffix).replace(profiles.path(name, suffix))
    except BaseException:
        ssh_files.remove(profiles, draft)
        raise
    finally:
        link.close()
    profile = Profile(
        name,
        str(address),
        machine,
        pairing.client_id(public_key),
        pairing.client_key(pasted.code.secret, public_key),
        "" if server else pasted.token,
        taken,
        insecure,
        cafile,
        tmux,
        server is not None,
        bool(way),
    )
    ssh_files.write(profiles, profile)
    return profile


def free_name(profiles: Profiles, url: str) -> str:
    """Return the name that a server has, else one that is free."""
    for each in profiles.all():
        if each.url == url:
            return each.name
    names = {*profiles.names()}
    numbered = (NAME if number == 1 else f"{NAME}-{number}" for number in range(1, 1000))
    return next(name for name in numbered if name not in names)


def _ask(link: Link, request: bytes) -> None:
    link.send(frames.encode(frames.PAIR, 0, request))
    try:
        if answer_of(link) == frames.PAIRED:
            return
    except Lost:
        pass
    raise Fault(_USED_UP)
