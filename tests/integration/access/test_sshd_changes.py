"""sshd is told of changes while it runs, and never ends or misses one for that."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from colabwidget.access import sshd
from colabwidget.access.guest import Guest
from colabwidget.access.sshd import SshService
from colabwidget.runtime.journal import Journal
from tests.kit.machine.own_sshd import with_sshd

# As sshd does it, with a longer time between what it says and what it can do: it says that it
# listens before it knows SIGHUP, which kills it until then; after a restart it is lost until then.
SLOW_SSHD = """\
#!{python} -IS
import os, re, signal, socket, sys, time
if "-V" in sys.argv:
    sys.exit("OpenSSH_9.2p1")
config = open(sys.argv[sys.argv.index("-f") + 1]).read()
listener = socket.create_server(("127.0.0.1", int(re.search("Port (.*)", config)[1])))
print("Server listening on 127.0.0.1 port 22.", file=sys.stderr, flush=True)
time.sleep(0.2)

def begin_anew(*_):
    listener.close()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execv(sys.argv[0], sys.argv)

signal.signal(signal.SIGHUP, begin_anew)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGHUP])
while True:
    client, _ = listener.accept()
    client.sendall(b"SSH-2.0-OpenSSH_9.2p1\\r\\n")
    client.close()
"""


def change_at_once(folder: Path, journal: Journal) -> None:
    async def use(service: SshService) -> None:
        for number in range(3):
            await service.let_guests_in([Guest(f"guest-{number}", folder, "", uid=990)])
        await asyncio.gather(*(service.let_guests_in([]) for _ in range(3)))
        assert await service.greets()

    with_sshd(folder, journal, use)


def test_a_change_may_come_at_any_moment(tmp_path: Path, journal: Journal) -> None:
    change_at_once(tmp_path, journal)


def test_a_change_waits_for_an_sshd_that_has_just_begun(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "sshd"
    slow.write_text(SLOW_SSHD.format(python=sys.executable))
    slow.chmod(0o755)
    monkeypatch.setattr(sshd, "program_or_moved", lambda name: str(slow))
    change_at_once(tmp_path, journal)
