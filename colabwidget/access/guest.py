"""A guest: a colleague who sees one shell or the desktop for a while, and what sshd lets them do.

With root, a guest signs in to an account that was made for the invitation, whose login shell is the
program that shows the shell. Without root there is one account: the guest's key is a line of the
session's own, which is held to that program.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.quoting import openssh

#: What a guest's sign-in runs, in the guest's folder.
PROGRAM = "watch"
KEYS = "authorized_keys"
SOCKET = "socket"
SECRET = "secret"

# What the account of a guest may do, whatever the session's own may.
_ACCOUNT = """
Match User {name}
    PasswordAuthentication {password}
    PubkeyAuthentication {key}
    AuthorizedKeysFile {keys}
    ForceCommand {program}
    PermitTTY {terminal}
    PermitUserRC no
    AllowAgentForwarding no
    AllowStreamLocalForwarding no
    AllowTcpForwarding {forwards}
    PermitOpen {opens}
    GatewayPorts no
    X11Forwarding no
    PermitTunnel no
    MaxSessions {sessions}
"""
# In front of a key of the session's own account: it opens nothing but these.
_SHELL = 'restrict,pty,command="{command}"'
# A port that programs without root cannot listen on stands for none.
_DESKTOP = (
    'restrict,port-forwarding,permitopen="127.0.0.1:{port}",permitlisten="127.0.0.1:1",'
    'command="{command}"'
)


@dataclass(frozen=True)
class Guest:
    """How a guest gets in.

    Parameters
    ----------
    name
        Of the invitation, and of the guest's account where there is one.
    place
        Folder of the guest's files, which the guest can read and not change.
    key
        The keys that open it, as ``authorized_keys`` has them; empty for a one-time password.
    port
        Where the desktop is served to the guest, on 127.0.0.1; 0 for a shell.
    uid
        User id of the guest's account; ``None`` where the session's own account is the guest's.
    """

    name: str
    place: Path
    key: str
    port: int = 0
    uid: int | None = None

    def rule(self) -> str:
        """Return what sshd's configuration has of the guest's account."""
        by_key = bool(self.key)
        return _ACCOUNT.format(
            name=self.name,
            password="no" if by_key else "yes",
            key="yes" if by_key else "no",
            keys=openssh(str(self.place / KEYS), tokens=True) if by_key else "none",
            program=PROGRAM,
            terminal="no" if self.port else "yes",
            forwards="local" if self.port else "no",
            opens=f"127.0.0.1:{self.port}" if self.port else "none",
            # A connection that only forwards a port opens no session.
            sessions=0 if self.port else 1,
        )

    def key_lines(self) -> list[str]:
        """Return the guest's keys as lines of the session's own account."""
        options = _DESKTOP if self.port else _SHELL
        command = key_command(f"/bin/sh {shlex.quote(str(self.place / PROGRAM))}")
        before = options.format(command=command, port=self.port)
        return [f"{before} {line}" for line in self.key.splitlines()]


def held_to(port: int) -> str:
    """Return what stands before a key that opens one port of 127.0.0.1, and no shell."""
    return _DESKTOP.format(port=port, command="exit 1")


def key_command(command: str) -> str:
    """Return a command as ``command="…"`` of a key has it."""
    return command.replace('"', '\\"')
