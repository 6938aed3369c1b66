"""Why sshd refuses a client: its own words, and what they mean for a user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

_LOG = "The log has all that the SSH server said. Connect again once the cause is mended."


class Reason(NamedTuple):
    """What keeps clients out, and what to do about it; a sentence or two each."""

    cause: str
    remedy: str


# What sshd (or the account's shell) says, what it means, and the remedy. The names in braces are
# groups of the expression. Words are OpenSSH's, of versions 7.4 to 10.
_KNOWN: Sequence[tuple[str, str, str]] = (
    # sshd calls it locked as well.
    (
        r"Account (?P<user>\S+) has expired",
        "The account {user} has expired.",
        "As root, run chage --expiredate -1 {user}. Then connect again.",
    ),
    (
        r"User (?P<user>.+?) not allowed because account is locked",
        "The account {user} is locked, and sshd lets no key into a locked account.",
        "As root, run usermod --password '*' {user}, which unlocks it for keys and for no "
        "password. Then connect again.",
    ),
    (
        r"User (?P<user>.+?) not allowed because shell (?P<shell>\S+) (?P<what>.+)",
        "The shell of the account {user}, {shell}, {what}.",
        "Install it, or as root run usermod --shell /bin/bash {user}. Then connect again.",
    ),
    (
        r"User (?P<user>.+?) not allowed because (?P<file>/\S*nologin) exists",
        "{file} exists: the machine lets no account but root sign in.",
        "Remove {file} if no shutdown is planned, or connect as root with a public key.",
    ),
    (
        r"User (?P<user>.+?)(?: from \S+)? not allowed because (?:not )?listed in (?P<rule>\w+)",
        "sshd's rule {rule} leaves the account {user} out.",
        _LOG,
    ),
    (
        r"User (?P<user>.+?)(?: from \S+)? not allowed because (?P<what>.+)",
        "sshd does not let {user} in: {what}.",
        _LOG,
    ),
    (
        r"(?:User )?[Pp]assword (?:of user )?.*has expired|password has expired|"
        r"You must change your password|Password change required",
        "The password of the account has expired, and must be changed before any sign-in.",
        "As root, run chage --maxdays -1 --lastday -1 and the account's name. Then connect again.",
    ),
    (
        r"This account is currently not available|account is not available|nologin",
        "The account's shell is one that ends at once (nologin).",
        "As root, run usermod --shell /bin/bash and the account's name. Then connect again.",
    ),
    (
        r"chroot\(.*Operation not permitted",
        "This container may not use chroot, without which sshd takes no client as root.",
        "Start the container with --cap-add SYS_CHROOT, or run the notebook without root.",
    ),
    (
        r"(?:setgroups|initgroups|setegid|seteuid|setresgid|setresuid|setgid|setuid)\b.*"
        r"(?:Operation not permitted|Invalid argument)",
        "This container may not change to another account, as sshd does for each client.",
        "Start the container with --cap-add SETUID --cap-add SETGID, or run the notebook "
        "without root.",
    ),
    (
        r"was able to restore old",
        "This container does not change to another account for good, as sshd does for each client.",
        "Start the container with --cap-add SETUID --cap-add SETGID, or run the notebook "
        "without root.",
    ),
    (
        r"ch(?:own|mod)\((?P<terminal>/dev/\S+?),.*failed",
        "sshd may not give the terminal {terminal} to the account.",
        "Mount /dev/pts with -o newinstance,gid=5,mode=620,ptmxmode=666. Then connect again.",
    ),
    (
        r"SELinux security context|ssh_selinux_",
        "SELinux has no context for sessions of this account, and is enforcing.",
        "As root, run setenforce 0, or give the account a context (semanage login). Then connect "
        "again.",
    ),
    (
        r"refused connect from",
        "sshd closes every connection at once, as a rule in /etc/hosts.deny has it.",
        "Add the line sshd: 127.0.0.1 to /etc/hosts.allow. Then connect again.",
    ),
    (
        r"r?exec of (?P<program>/\S+) failed: (?P<what>.+)",
        "sshd cannot start the program that serves a client, {program}: {what}.",
        "openssh-server was upgraded or removed meanwhile. Connect again.",
    ),
    (
        r"Timeout before authentication",
        "No sign-in came to its end in time.",
        "The machine is too busy, or its directory of accounts does not answer (getent passwd "
        "tells). Then connect again.",
    ),
    (
        r"past MaxStartups|beginning MaxStartups throttling",
        "sshd serves too many clients that have not signed in.",
        "Wait a minute, then connect again.",
    ),
    (
        r"linux_audit_write_entry failed",
        "This container may not write to the kernel's audit log, as sshd does for each client.",
        "Start the container with --cap-add AUDIT_WRITE, or run the notebook without root.",
    ),
    (
        r"PR_SET_SECCOMP|seccomp|ssh_sandbox_child|child terminated by signal 31\b",
        "This machine's kernel lacks what sshd isolates its parts with (seccomp).",
        "Use what works inside the notebook: terminal and desktop in the cell.",
    ),
    (
        r"bad ownership or modes for (?:file|directory) (?P<path>.+)",
        "sshd trusts no keys below {path}: another account could write there.",
        "Take the right to write from the group and others (chmod go-w). Then connect again.",
    ),
    (
        r"fork(?:ing)?\b.*(?:Resource temporarily unavailable|Cannot allocate memory)|"
        r"fork of unprivileged child failed|child terminated by signal 9\b",
        "The machine has no room for another process, or no memory.",
        "End what is not needed, or raise the limit of processes. Then connect again.",
    ),
    (
        r"^(?P<shell>/\S+): (?P<what>Permission denied|Exec format error|No such file or directory|"
        r"Too many levels of symbolic links|error while loading shared libraries: .+)",
        "The account's shell, {shell}, cannot be started: {what}.",
        "Mend it, or as root run usermod --shell /bin/bash and the account's name. Then connect "
        "again.",
    ),
    (
        r"No supported authentication methods|Failed publickey|Permission denied",
        "sshd refuses the key or password that was made for this session.",
        _LOG,
    ),
)
# Before sshd speaks, libwrap closes a connection that a rule refuses, and tells syslog only.
_CLOSED = re.compile(r"kex_exchange_identification|onnection closed|eset by peer")
_DENIED = Path("/etc/hosts.deny")
_DENIES = Reason(
    "sshd closes every connection at once, as a rule in /etc/hosts.deny has it.",
    "Add the line sshd: 127.0.0.1 to /etc/hosts.allow. Then connect again.",
)
# What sshd says of every client.
_NOISE = re.compile(
    r"^(?:Connection (?:closed|reset)|Received disconnect|Disconnected|Accepted |Server listening|"
    r"syslogin_perform_logout|Received signal|Connection from|Postponed|Starting session)"
)
_TAIL = re.compile(r" *\[(?:preauth|postauth)\]\s*$")
_PREFIX = re.compile(r"^(?:error|fatal|debug\d|warning): ")


def denied(words: Sequence[str], client: Sequence[str]) -> Reason | None:
    """Return the reason where a rule of the machine refuses connections; it leaves no words.

    Parameters
    ----------
    words, client
        What sshd and its client have said.
    """
    if words or not any(map(_CLOSED.search, client)):
        return None
    try:
        rules = [line for line in _DENIED.read_text().splitlines() if line.strip()]
    except OSError:
        return None
    return None if all(rule.lstrip().startswith("#") for rule in rules) else _DENIES


def explain(words: Iterable[str], otherwise: Reason | None = None) -> Reason:
    """Return what the words of sshd, the shell and the client mean.

    Parameters
    ----------
    words
        Lines, the most telling ones first: those of sshd before those of the client.
    otherwise
        For lines that say nothing that is known.
    """
    lines = [line for line in (_TAIL.sub("", each.strip()) for each in words) if line]
    for expression, cause, remedy in _KNOWN:
        for line in lines:
            if match := re.search(expression, line):
                found = {name: value or "" for name, value in match.groupdict().items()}
                return Reason(cause.format(**found), remedy.format(**found))
    if otherwise:
        return otherwise
    told = [_PREFIX.sub("", line) for line in lines if not _NOISE.match(line)]
    if told:
        return Reason(f"The SSH server says: {told[0].rstrip('.')}.", _LOG)
    return Reason("A sign-in ended without a word.", _LOG)
