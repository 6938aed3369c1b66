"""A key of our own that opens the account for as long as a sign-in is tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.ssh_address import fingerprint
from colabwidget.runtime import process

_NAME = "one_time_key"
_TYPE = "ecdsa"  # known to every OpenSSH, allowed in FIPS mode, and made in a few milliseconds


@dataclass(frozen=True)
class OneTimeKey:
    """A key pair for the sign-in check.

    Parameters
    ----------
    path
        The private key, readable by this process's account only.
    public
        Line for ``authorized_keys``, which allows to run a command, with or without a terminal,
        and nothing else.
    fingerprint
        As sshd logs it at a sign-in.
    line
        The public key alone.
    """

    path: Path
    public: str
    fingerprint: str
    line: str = ""

    def remove(self) -> None:
        """Delete it. That sshd takes it no longer is the key file's matter."""
        for path in (self.path, self.path.with_name(self.path.name + ".pub")):
            path.unlink(missing_ok=True)


async def make_one_time_key(directory: Path, name: str = _NAME) -> OneTimeKey:
    """Make a key in a private directory; one that is there is replaced.

    Parameters
    ----------
    directory
        Private directory of the session.
    name
        Of its file.

    Raises
    ------
    ColabWidgetError
        ``sshd_failed``.
    """
    path = directory / name
    key = OneTimeKey(path, "", "")
    key.remove()
    arguments = ["ssh-keygen", "-q", "-t", _TYPE, "-N", "", "-C", "colabwidget", "-f", str(path)]
    status, said = await process.output(arguments)
    if status:
        key.remove()
        reason = f"A key of our own could not be made: {said[-200:]}"
        raise ColabWidgetError("sshd_failed", reason=reason)
    kind, body = path.with_name(path.name + ".pub").read_text().split()[:2]
    line = f"{kind} {body} colabwidget"
    return OneTimeKey(path, f"restrict,pty {line}", fingerprint(f"{kind} {body}"), line)
