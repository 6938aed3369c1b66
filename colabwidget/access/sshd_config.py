"""The configuration of the private sshd."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from colabwidget.access import login_scripts
from colabwidget.access.account import Account, is_ours
from colabwidget.access.guest import Guest, key_command
from colabwidget.core.options import Options
from colabwidget.core.quoting import openssh
from colabwidget.system.rights import is_root

# Guessing through the tunnel always comes from 127.0.0.1: a penalty for that address
# (OpenSSH 9.8) would lock out the owner, so the limits below do the work.
_PENALTIES_SINCE = (9, 8)
# What sshd gives the shell that begins a session, so that it reads no start-up file of the user's:
# bash takes itself for one below another shell; zsh, fish and csh look for their files where none
# are. Then `login_scripts.ENTER` runs, which takes all of that back.
_SILENT = "SetEnv SHLVL=1 ZDOTDIR=/dev/null"
_SILENT_SINCE = (7, 8)
# Every key that a client offers counts as a try, and agents hold many of them. The passwords are
# 127 bits of chance, so that no number of tries finds one.
_TRIES = 20
#: Seconds after which sshd asks a client of which nothing comes whether it is there, and again.
ALIVE_INTERVAL = 15
# Four minutes: a computer that sleeps for less, or changes its network, finds its session again.
_ALIVE_TRIES = 15

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
{host_keys}
PidFile none
StrictModes {strict}
LogLevel INFO

AllowUsers {users}
PermitRootLogin {root}
PasswordAuthentication {password}
ChallengeResponseAuthentication no
PermitEmptyPasswords no
UsePAM no
PubkeyAuthentication yes
AuthorizedKeysFile {authorized_keys}

MaxAuthTries {tries}
LoginGraceTime 30
MaxStartups 50:30:150
MaxSessions 50
ClientAliveInterval {alive}
ClientAliveCountMax {alive_tries}
TCPKeepAlive yes
UseDNS no

X11Forwarding no
AllowAgentForwarding {agent}
AllowTcpForwarding {forwards}
AllowStreamLocalForwarding {forwards}
PermitOpen localhost:* 127.0.0.1:* [::1]:*
GatewayPorts no
PermitTunnel no
PermitUserEnvironment no
AcceptEnv COLABWIDGET_TMUX
PrintMotd no
PrintLastLog no
Subsystem sftp {sftp}
{enter}
{silent}
{penalties}
{algorithms}
"""
# Keys that cells of the notebook have written for root; those of the session do not open root.
_ROOT_KEYS = """
Match User root
    AuthorizedKeysFile .ssh/authorized_keys
"""


def sshd_config(
    account: Account,
    host_keys: Sequence[Path],
    port: int,
    version: tuple[int, int],
    algorithms: str = "",
    guests: Sequence[Guest] = (),
    *,
    alive: int = ALIVE_INTERVAL,
) -> str:
    """Return the text of the file.

    Parameters
    ----------
    account
        The account that clients sign in to; its `Account.keys_file` has the keys that open it.
    host_keys
        The private host keys.
    port
        Where sshd listens, on 127.0.0.1.
    version
        sshd's version: major, minor.
    algorithms
        Lines of `ssh_algorithms.lines_for`.
    guests
        Each guest with an account of its own may do one thing.
    alive
        Seconds after which a silent client is asked whether it is there; 0 for never.
    """
    keys = [openssh(str(account.keys_file), tokens=True)]
    if is_ours(account.name):
        keys.append(".ssh/authorized_keys")  # what cells of the notebook have written there
    users = [_pattern(account.name), *(["root"] if account.root_keys else [])]
    rules = [guest.rule() for guest in guests if guest.uid is not None]
    text = _CONFIG.format(
        port=port,
        host_keys="\n".join(f"HostKey {openssh(str(path))}" for path in host_keys),
        strict="yes" if is_safe_from_others(account.keys_file) else "no",
        users=" ".join([*users, *(guest.name for guest in guests if guest.uid is not None)]),
        root="prohibit-password" if users[-1] == "root" else "no",
        password="yes" if account.password else "no",
        authorized_keys=" ".join(keys),
        tries=_TRIES,
        alive=alive,
        alive_tries=_ALIVE_TRIES,
        agent="yes" if account.agent_forwarding else "no",
        forwards="all" if account.remote_forwarding else "local",
        sftp=_sftp_server(),
        enter="" if begins_by_key(account) else f"ForceCommand {account.enter}",
        silent=_silent(account) if version >= _SILENT_SINCE else "",
        penalties="PerSourcePenalties no" if version >= _PENALTIES_SINCE else "",
        algorithms=algorithms,
    )
    return text + (_ROOT_KEYS if account.root_keys else "") + "".join(rules)


def begins_by_key(account: Account) -> bool:
    """Tell whether each key names the command that begins its sessions, and not sshd for all.

    Without root, guests sign in to the session's own account, and sshd's own command would go
    before that of a guest's key. Only we write the file with the keys.
    """
    return not is_root() and bool(account.enter)


def key_lines(
    account: Account,
    more: Sequence[str] = (),
    guests: Sequence[Guest] = (),
    held: Sequence[str] = (),
) -> str:
    """Return the keys that open an account, as ``authorized_keys`` has them.

    Parameters
    ----------
    account
        The account.
    more
        Other lines.
    guests
        Those without an account of their own, whose keys open one thing each.
    held
        Lines that say themselves what they open.
    """
    lines = [line for line in (*account.public_key.splitlines(), *more) if line]
    if begins_by_key(account):
        enter = f'command="{key_command(account.enter)}"'
        lines = [
            f"{enter},{line}" if line.startswith("restrict") else f"{enter} {line}"
            for line in lines
        ]
    for guest in guests:
        lines += guest.key_lines() if guest.uid is None else []
    return "".join(f"{line}\n" for line in (*lines, *held))


def _silent(account: Account) -> str:
    shell = PurePath(account.shell).name
    if shell == "fish":
        folder = account.keys_file.with_name(login_scripts.FISH)
        return f"{_SILENT} {openssh(f'XDG_CONFIG_HOME={folder}')}"
    # It is root's home as well, where root signs in beside the account.
    if shell in ("csh", "tcsh") and not account.root_keys:
        return f"{_SILENT} HOME=/dev/null"
    return _SILENT


def is_safe_from_others(path: Path) -> bool:
    """Tell whether sshd takes a file for one that only root and we can change (StrictModes).

    A container that maps only our own account shows root's folders as another account's, and some
    images give every account the right to write to ``/``.
    """
    try:
        found = [each.stat() for each in (path.resolve(), *path.resolve().parents)]
    except OSError:
        return True  # sshd says what is wrong with it
    return all(each.st_uid in (0, os.geteuid()) and not each.st_mode & 0o022 for each in found)


def _pattern(name: str) -> str:
    """Return the pattern that fits a name: sshd takes what follows an ``@`` for a host."""
    return re.sub(r"[^\w.+-]", "?", name, flags=re.ASCII)


def _sftp_server() -> str:
    """Return the program for sftp; sshd's own runs only where no command begins the sessions."""
    folders = ("/usr/lib/openssh", "/usr/libexec/openssh", "/usr/lib/ssh", "/usr/libexec")
    places = [f"{folder}/sftp-server" for folder in folders]
    return next((place for place in places if Path(place).exists()), "internal-sftp")


def warnings_of(options: Options) -> list[str]:
    """Return what the user lends to this machine, a sentence each."""
    found = []
    if options.agent_forwarding:
        found.append(
            "Agent forwarding is on: with ssh -A, root on this machine can sign in elsewhere with "
            "your keys for as long as you are connected."
        )
    if options.remote_forwarding:
        found.append(
            "Remote forwards are on: with ssh -R, every program on this machine can reach the "
            "ports of your computer that you name."
        )
    return found
