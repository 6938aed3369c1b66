"""Whether this machine lets a client in at all, tried before anything is open to the outside."""

from __future__ import annotations

import asyncio

from colabwidget.access.account import Account
from colabwidget.access.login_environment import askpass
from colabwidget.access.sign_in import START_UP_FILE, Attempt, SignIn
from colabwidget.access.sign_in_reasons import Reason, denied, explain
from colabwidget.access.sshd import SshService
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.journal import Journal
from colabwidget.system.shells import system_files

_SECONDS = 20.0  # a home on a slow disk, and a shell's start-up files, take some
_WORDS_WITHIN = 0.3  # seconds; sshd's last line may come after the client's end
_SLOW = (
    "Signing in takes more than 20 seconds: the shell's start-up files (~/.bashrc and others) "
    "are slow, or wait for something."
)
_NO_TERMINAL = (
    "This machine gives SSH sessions no terminal (/dev/pts is missing or lacks the group tty): "
    "ssh with a command and file transfer work, an interactive shell does not."
)
_NO_SFTP = "File transfer does not work: {}."


async def check_sign_in(
    ssh: SshService, sign_in: SignIn, account: Account, journal: Journal
) -> list[str]:
    """Sign in over loopback: with a terminal, and for sftp.

    Parameters
    ----------
    ssh
        The session's sshd, which runs and lets the one-time key in.
    sign_in
        The client.
    account
        Whose password is tried, where it has one.
    journal
        Gets a line with the outcome.

    Returns
    -------
    list[str]
        What does not work although clients get in; a sentence each.

    Raises
    ------
    ColabWidgetError
        ``sign_in_failed`` with sshd's reason.
    """
    program = askpass(account)
    secret = (account.password, program) if account.password and program else None
    with ssh.own_sign_ins(sign_in.key, by_password=secret is not None) as words:
        attempt, sftp = await asyncio.gather(
            sign_in.attempt("127.0.0.1", ssh.port, seconds=_SECONDS, secret=secret),
            sign_in.sftp_problem("127.0.0.1", ssh.port, seconds=_SECONDS),
        )
        if attempt.outcome != "in":
            await asyncio.sleep(_WORDS_WITHIN)
    accepted = any(line.startswith("Accepted ") for line in words)
    if sftp.startswith(START_UP_FILE):
        sftp += f" (see {', '.join(files)})" if (files := system_files(account.shell)) else ""
    notices = _notices(attempt, sftp, accepted)
    if attempt.outcome == "in" or (attempt.outcome == "timeout" and accepted):
        journal.add(f"A client signs in as {account.name} on this machine.")
        for notice in notices:
            journal.add(notice)
        return notices
    otherwise = _of_the_shell(attempt) or denied(words, attempt.lines)
    reason = explain([*words, *reversed(attempt.lines)], otherwise)
    raise ColabWidgetError("sign_in_failed", reason=reason.cause, remedy=reason.remedy)


def _of_the_shell(attempt: Attempt) -> Reason | None:
    if attempt.outcome != "shell":
        return None
    said = f": {attempt.last_line.rstrip('.')}" if attempt.last_line else ""
    return Reason(
        f"The account's shell runs no command; it ends with status {attempt.status}{said}.",
        "See what its start-up files do (~/.bashrc, ~/.profile and others). Then connect again.",
    )


def _notices(attempt: Attempt, sftp: str, accepted: bool) -> list[str]:
    if attempt.outcome == "timeout" and accepted:
        return [_SLOW]
    notices = []
    if attempt.outcome == "in" and not attempt.terminal:
        notices.append(_NO_TERMINAL)
    if sftp:
        notices.append(_NO_SFTP.format(sftp.rstrip(".")))
    return notices
