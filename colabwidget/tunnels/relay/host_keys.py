"""The keys of a relay: this machine's own to sign in with, and the server's that must answer."""

from __future__ import annotations

import os
import re
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.ssh_address import SshServer, fingerprint
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from colabwidget.system.files import ensure_private, write_private

_SCAN_TIME = 5  # seconds
# In the order in which they are shown to people.
_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ssh-rsa")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_REASON = re.compile(r"getaddrinfo .*: (.*)|connect .*: (.*)|(onnection \w+)")


async def ensure_identity(named: str, journal: Journal) -> Path:
    """Return the private key to sign in with: the one that was named, or one that is made here.

    It is kept for the machine's life, readable by its owner only, so that its public half has to be
    brought to the server only once.

    Raises
    ------
    ColabWidgetError
        ``identity_unusable``.
    """
    if named:
        path = Path(named).expanduser()
        if reason := _fault(path):
            raise ColabWidgetError("identity_unusable", path=str(path), reason=reason)
        return path
    path = ensure_private(paths.state_directory()) / "relay_ed25519"
    if not (path.exists() and public_half(path)):
        for half in (path, path.with_name(path.name + ".pub")):
            half.unlink(missing_ok=True)
        arguments = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "colabwidget"]
        if await process.run([*arguments, "-f", str(path)], journal) != 0:
            reason = "It could not be made; the log has why."
            raise ColabWidgetError("identity_unusable", path=str(path), reason=reason)
    return path


def _fault(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            return "It is not a file."  # to read a pipe could take for ever
        head = path.read_bytes()[:64]
    except OSError as error:
        return f"{error.strerror}."
    if not _PRIVATE.match(head):
        return "It is no private key."
    if path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        return f"Others may read it, which ssh does not take: chmod 600 {path}."
    return ""


def public_half(identity: Path) -> str:
    """Return the public key that belongs to a private one; empty where its file is not there."""
    try:
        return identity.with_name(identity.name + ".pub").read_text().strip()
    except OSError:
        return ""


async def ensure_known(server: SshServer, wanted: str, journal: Journal) -> list[str]:
    """Return the server's host keys that can be trusted, as lines of ``known_hosts``.

    Trusted are the one whose fingerprint the user gave, which is remembered, and those that were
    remembered or are in the user's own ``~/.ssh/known_hosts``.

    Raises
    ------
    ColabWidgetError
        ``server_unreachable``, ``server_key_unknown`` or ``server_key_other``.
    """
    keys = await _shown_by(server)
    remembered = ensure_private(paths.state_directory()) / "relay_known_hosts"
    if wanted:
        if wanted not in keys:
            raise _other(server, keys)
        trusted = [keys[wanted]]
        await _remember(remembered, server, keys[wanted])
    else:
        own = Path("~/.ssh/known_hosts").expanduser()
        known = {key for file in (remembered, own) for key in await _known_in(file, server)}
        trusted = [line for line in keys.values() if line.partition(" ")[2] in known]
        if known and not trusted:
            raise _other(server, keys)
    if not trusted:
        mark = next(iter(keys))
        raise ColabWidgetError(
            "server_key_unknown",
            server=str(server),
            fingerprint=mark,
            offers=[{"title": "Trust this key", "options": {"server_key": mark}}],
        )
    marks = [mark for mark, line in keys.items() if line in trusted]
    journal.add(f"{server} shows the host key {marks[0]}, which is known.")
    return trusted


def write_known_hosts(file: Path, lines: list[str]) -> None:
    """Write the keys that ssh shall take, and no others."""
    write_private(file, "".join(f"{line}\n" for line in lines))


def _other(server: SshServer, keys: dict[str, str]) -> ColabWidgetError:
    mark = next(iter(keys))
    return ColabWidgetError("server_key_other", server=str(server), fingerprint=mark)


async def _shown_by(server: SshServer) -> dict[str, str]:
    """Return the keys that the server shows, by fingerprint, the best known kind first."""
    scan = ["ssh-keyscan", "-T", str(_SCAN_TIME), "-p", str(server.port)]
    scan += ["-t", "ed25519,ecdsa,rsa", server.host]
    _, said = await process.output(scan, timeout=_SCAN_TIME + 2.0)
    lines = [line for line in said.splitlines() if len(line.split()) == 3 and line[0] != "#"]
    lines = sorted(
        (line for line in lines if line.split()[1] in _KINDS),
        key=lambda line: _KINDS.index(line.split()[1]),
    )
    if not lines:
        found = _REASON.search(said)
        words = next(filter(None, found.groups()), "") if found else ""
        reason = f"{words[:1].upper()}{words[1:]}." if words else "Nothing there speaks SSH."
        raise ColabWidgetError("server_unreachable", server=str(server), reason=reason)
    return {fingerprint(line.partition(" ")[2]): line for line in lines}


async def _known_in(file: Path, server: SshServer) -> list[str]:
    """Return the keys that a file of known hosts has for the server; names may be hashed."""
    if not file.exists():
        return []
    _, said = await process.output(["ssh-keygen", "-F", server.place, "-f", str(file)])
    lines = [line.split() for line in said.splitlines() if line and line[0] not in "#@"]
    return [" ".join(words[1:3]) for words in lines if len(words) >= 3]


async def _remember(file: Path, server: SshServer, line: str) -> None:
    if line.partition(" ")[2] in await _known_in(file, server):
        return
    had = file.read_text() if file.exists() else ""
    write_private(file, f"{had}{server.place} {line.partition(' ')[2]}\n")
