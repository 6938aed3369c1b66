"""A real OpenSSH client that is run as the details of a connection say."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kit.machine.ports import free_port, is_open
from tests.kit.waiting import eventually

VIEWER_PORT = 5901  # of every forward command


def ssh_arguments(details: dict[str, Any], folder: Path, *options: str) -> list[str]:
    """The command of the details, with the host key of the details and no other trusted."""
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(details["ssh"]["known_hosts"] + "\n")
    return [
        *shlex.split(details["ssh"]["command"]),
        "-F",
        "none",
        "-o",
        f"UserKnownHostsFile={known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "ConnectTimeout=20",
        *options,
    ]


@contextmanager
def ssh_password(password: str) -> Iterator[dict[str, str]]:
    """An environment in which ssh is told the password without a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "askpass"
        program.write_text(f"#!/bin/sh\necho {shlex.quote(password)}\n")
        program.chmod(0o700)
        yield {
            **os.environ,
            "SSH_ASKPASS": str(program),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": "none",
        }


def run_answered(
    command: Sequence[str], environment: dict[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a client to its end; it has no terminal, and asks as `ssh_password` lets it."""
    return subprocess.run(
        command,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )


def ssh(
    details: dict[str, Any],
    *command: str,
    folder: Path,
    options: tuple[str, ...] = (),
    password: str | None = None,
    text: str = "",
    outside: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Sign in with a real OpenSSH client, as the details say; `outside` stands before it."""
    secret = details["ssh"]["password"] if password is None else password
    with ssh_password(secret or "") as environment:
        arguments = [*outside, *ssh_arguments(details, folder, *options), *command]
        return run_answered(arguments, environment, text)


@contextmanager
def ssh_session(
    details: dict[str, Any], folder: Path, outside: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """An SSH session that stays open."""
    with ssh_password(details["ssh"]["password"] or "") as environment:
        session = subprocess.Popen(
            [*outside, *ssh_arguments(details, folder), "echo in; cat"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert session.stdout and session.stdout.readline() == b"in\n"
            yield session
        finally:
            session.kill()
            session.communicate()


@contextmanager
def forwarded(details: dict[str, Any], folder: Path) -> Iterator[int]:
    """The desktop's port, brought here by the command of the details.

    On this machine, the port that the command brings it to is the desktop's own: another is used.
    """
    port = free_port()
    command = details["desktop"]["forward_command"].replace(f"-L {VIEWER_PORT}:", f"-L {port}:")
    assert command != details["desktop"]["forward_command"]
    trusted = ssh_arguments(details, folder)[len(shlex.split(details["ssh"]["command"])) :]
    with (
        ssh_password(details["ssh"]["password"]) as environment,
        forwarding([*shlex.split(command), *trusted], environment, port),
    ):
        yield port


@contextmanager
def forwarding(command: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    """An ssh client that runs no command and forwards that port of this machine."""
    forward = subprocess.Popen(
        [*command, "-o", "ExitOnForwardFailure=yes", "-N"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        eventually(lambda: is_open(port) or forward.poll() is not None)
        assert forward.poll() is None, forward.stderr and forward.stderr.read()
        yield
    finally:
        forward.kill()
        forward.communicate()
