"""A real sign-in: an OpenSSH client that comes in as a user's would, and runs ``true``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from colabwidget.access.one_time_key import OneTimeKey
from colabwidget.core.secrets import Secret
from colabwidget.runtime import process
from colabwidget.system.files import write_private

Outcome = Literal["in", "shell", "refused", "other_key", "network", "timeout"]

_LEAVES_WITHIN = 1.0  # seconds
_OWN_LIMIT = 0.5  # seconds that ssh has to tell of a server that stays silent
_HOST = "colabwidget"  # under which the client knows the host key
_NO_TERMINAL = re.compile(r"PTY allocation request failed")
_NOISE = re.compile(
    r"Connection to \S+ closed\.|Warning: Permanently added|Pseudo-terminal will not|"
    r"PTY allocation request failed|\*\* WARNING: connection is not using a post-quantum|"
    r"\*\* This session may be vulnerable|\*\* The server may need to be upgraded"
)
_OTHER_KEY = re.compile(
    r"Host key verification failed|IDENTIFICATION HAS CHANGED|host key is known for|"
    r"no matching host key type"
)
# curve25519 and P-256 cost a tenth of a post-quantum exchange, which nothing needs here.
_EXCHANGES = "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256"
_SIGNED_BY = {"ssh-rsa": "rsa-sha2-512,rsa-sha2-256"}
_SFTP_HELLO = struct.pack(">IBI", 5, 1, 3)  # SSH_FXP_INIT, version 3 (draft-ietf-secsh-filexfer)
#: How it is told that something else came in the place of sftp's answer.
START_UP_FILE = "a start-up file of the shell prints"
_PRINTED = START_UP_FILE + " “{}”"
_LINE_MAX, _LINE_WITHIN = 60, 0.2  # bytes of what it prints, and seconds until they are there
_SFTP_VERSION = 2  # SSH_FXP_VERSION
_SFTP_REPLY_MAX = 65_536  # bytes; a greeting of a shell, read as a length, is far above it


@dataclass(frozen=True)
class Attempt:
    """What came of one sign-in.

    Parameters
    ----------
    status
        Exit status of ``ssh``: that of the command, 255 for ssh's own failures, -1 where the time
        was not enough.
    lines
        What it printed, without what it always prints.
    terminal
        Whether the session had a terminal, where one was asked for.
    """

    status: int
    lines: Sequence[str]
    terminal: bool = True

    @property
    def outcome(self) -> Outcome:
        """Where it ended.

        ``"in"``: the command ran. ``"shell"``: signed in, but the shell did not run it.
        ``"refused"``: sshd answered and refused. ``"other_key"``: another machine answered.
        ``"network"``: no sshd answered. ``"timeout"``: it took too long.
        """
        text = "\n".join(self.lines)
        if self.status == 0:
            return "in"
        if self.status == -1:
            return "timeout"
        if self.status != 255:
            return "shell"
        if _OTHER_KEY.search(text):
            return "other_key"
        if "Permission denied" in text or "Too many authentication failures" in text:
            return "refused"
        return "network"

    @property
    def last_line(self) -> str:
        """The last line that it printed; empty where there is none."""
        return self.lines[-1] if self.lines else ""


@dataclass(frozen=True)
class SignIn:
    """A client that trusts one host key and has one key of its own.

    Parameters
    ----------
    user
        The account.
    host_keys
        The public host keys that may answer, the one that is asked for first.
    key
        Opens the account.
    directory
        Private directory of the session.
    """

    user: str
    host_keys: Sequence[str]
    key: OneTimeKey
    directory: Path

    async def attempt(
        self, host: str, port: int, *, seconds: float, secret: tuple[Secret, Path] | None = None
    ) -> Attempt:
        """Sign in with a terminal, and run ``true``.

        Parameters
        ----------
        host, port
            Where sshd is reached.
        seconds
            Time limit in seconds for all of it.
        secret
            A password, and the program that hands it to ssh, where the account is opened by one;
            else the one-time key is used.
        """
        arguments = self._arguments(host, port, seconds, by_key=secret is None)
        command = ["ssh", "-tt", *arguments, "true"]
        limit = seconds + _OWN_LIMIT
        if secret is None:
            status, text = await process.output(command, limit)
        else:
            with _asked(*secret) as environment:
                status, text = await process.output(command, limit, environment=environment)
        lines = [line.strip() for line in text.splitlines()]
        return Attempt(
            status,
            [line for line in lines if line and not _NOISE.search(line)],
            not _NO_TERMINAL.search(text),
        )

    async def sftp_problem(self, host: str, port: int, *, seconds: float) -> str:
        """Sign in for sftp, and return what keeps it from working; empty where it works."""
        arguments = self._arguments(host, port, seconds, by_key=True)
        child = await process.pipe(["ssh", "-T", *arguments, "-s", "sftp"])
        assert child.stdin and child.stdout and child.stderr
        try:
            child.stdin.write(_SFTP_HELLO)
            head = await asyncio.wait_for(child.stdout.readexactly(5), seconds)
            size, kind = struct.unpack(">IB", head)
            if kind == _SFTP_VERSION and size <= _SFTP_REPLY_MAX:
                return ""
            return _PRINTED.format(await _printed(head, child.stdout))
        except (asyncio.IncompleteReadError, ConnectionError):
            said = (await child.stderr.read(4_096)).decode(errors="replace").strip()
            return said.splitlines()[-1] if said else "its server ends at once"
        except asyncio.TimeoutError:
            return f"its server did not answer within {seconds:.0f} s"
        finally:
            # Its server ends by itself where the client leaves in peace.
            child.stdin.close()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(child.wait(), _LEAVES_WITHIN)
            await process.close_piped(child)

    def _arguments(self, host: str, port: int, seconds: float, *, by_key: bool) -> list[str]:
        lines = "".join(f"{_HOST} {key}\n" for key in self.host_keys)
        known = write_private(self.directory / "known_hosts", lines)
        kind = self.host_keys[0].split()[0]
        options = {
            "UserKnownHostsFile": f'"{known}"'.replace("%", "%%"),
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "HostKeyAlias": _HOST,
            "HostKeyAlgorithms": _SIGNED_BY.get(kind, kind),
            "CheckHostIP": "no",
            "KexAlgorithms": _EXCHANGES,
            "ConnectTimeout": f"{max(1, round(seconds))}",
            "ControlPath": "none",
            "IdentityAgent": "none",
            "IdentitiesOnly": "yes",
            "NumberOfPasswordPrompts": "1",
            "GSSAPIAuthentication": "no",
            "UpdateHostKeys": "no",
        }
        if by_key:
            options |= {
                "IdentityFile": f'"{self.key.path}"'.replace("%", "%%"),
                "PreferredAuthentications": "publickey",
                "BatchMode": "yes",
            }
        else:
            options["PreferredAuthentications"] = "password"
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ["-F", "none", *words, "-l", self.user, "-p", str(port), host]


async def _printed(head: bytes, stream: asyncio.StreamReader) -> str:
    """Return the line that came in the place of an answer, as far as it is there by now."""
    rest = b""
    with contextlib.suppress(asyncio.TimeoutError):
        rest = await asyncio.wait_for(stream.read(_LINE_MAX), _LINE_WITHIN)
    line = (head + rest).decode(errors="replace").lstrip().split("\n")[0][:_LINE_MAX]
    return "".join(each if each.isprintable() else "?" for each in line).rstrip()


@contextlib.contextmanager
def _asked(password: Secret, program: Path) -> Iterator[dict[str, str]]:
    """Give an environment in which ssh gets a password from a program that reads our memory."""
    descriptor = os.memfd_create("colabwidget", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, f"{password.reveal()}\n".encode())
        yield {
            "SSH_ASKPASS": str(program),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": "none",
            "CW_ASKED": f"/proc/{os.getpid()}/fd/{descriptor}",
        }
    finally:
        os.close(descriptor)
