"""A client can name itself as it likes: the log says what sshd has said, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from colabwidget.access.sshd import SshService
from colabwidget.access.sshd_log import SshdLog
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service
from tests.kit.machine.own_sshd import with_sshd
from tests.kit.waiting import eventually

paramiko = pytest.importorskip("paramiko")  # no part of Colab's packages

FORGED = "Accepted publickey for root from 1.2.3.4 port 5 ssh2: ED25519 SHA256:x"
NAMES = [
    f"x\n{FORGED}",
    f"x\r\n{FORGED}",
    f"x\rsshd; {FORGED}",
    "x\x1b]52;c;cm0=\x07\b\b",
    "\u202emoor",
    "x from 127.0.0.1 port 4020",
    "syslogin_perform_logout; logout() returned an error",
]


def try_name(port: int, name: str) -> None:
    transport = paramiko.Transport(("127.0.0.1", port))
    try:
        transport.start_client(timeout=20)
        with contextlib.suppress(paramiko.SSHException):
            transport.auth_none(name)
    finally:
        transport.close()


def test_no_name_forges_a_line(tmp_path: Path, journal: Journal) -> None:
    def said() -> list[str]:
        return journal.since(0, 1 << 20)[1]

    async def use(service: SshService) -> None:
        for name in NAMES:
            await asyncio.to_thread(try_name, service.port, name)
        ended = lambda: sum("[preauth]" in line for line in said()) >= len(NAMES)  # noqa: E731
        await asyncio.to_thread(eventually, ended)
        assert service.sign_ins == 0

    with_sshd(tmp_path, journal, use)
    lines = said()
    assert all(line.startswith("sshd: ") for line in lines)
    for name in NAMES:
        assert any(line.startswith("sshd: Invalid user ") for line in lines), name
    assert not any(line.startswith("sshd: Accepted") for line in lines)
    assert sum(line.startswith("sshd: Invalid user ") for line in lines) == len(NAMES)
    whole = "".join(lines)
    assert not set("\r\b\x07\x1b\u202e") & set(whole)
    assert r"x\nAccepted publickey for root" in whole


class Flooded(Service):
    """Prints what sshd prints while names are guessed and clients sign in."""

    def is_never_left_out(self, line: str) -> bool:
        return SshdLog().is_never_left_out(line)


def test_no_sign_in_is_lost_in_a_flood_of_refusals(journal: Journal) -> None:
    program = (
        "for n in range(6):\n"
        "  for m in range(2000):\n"
        "    print(f'Failed password for invalid user x from 127.0.0.1 port {m} ssh2')\n"
        "  print(f'Accepted publickey for ada from 127.0.0.1 port {n} ssh2: ED25519 SHA256:y')\n"
    )

    async def work() -> None:
        service = Flooded("the server", "sshd", "sshd_gone", journal)
        child = await service.launch(["python3", "-c", program])
        await asyncio.wait_for(child.wait(), 30)
        await service.stop(1.0)

    asyncio.run(work())
    lines = journal.since(0, 1 << 20)[1]
    assert [line.split(" port ")[1][0] for line in lines if "Accepted" in line] == [*"012345"]
    assert len(lines) < 1000


def sign_in(transport: Any, key: Any) -> None:
    with contextlib.closing(transport):
        transport.start_client(timeout=60)
        transport.auth_publickey(getpass.getuser(), key)


@pytest.mark.slow
def test_real_sign_ins_are_in_the_log_while_others_guess(tmp_path: Path, journal: Journal) -> None:
    def said() -> list[str]:
        return journal.since(0, 1 << 24)[1]

    async def use(service: SshService) -> None:
        async def guess() -> None:
            while True:
                # One that is turned away is followed by the next.
                with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                    await loop.run_in_executor(guessers, try_name, service.port, "x")

        loop = asyncio.get_running_loop()
        guessing = [asyncio.ensure_future(guess()) for _ in range(6)]
        key = paramiko.Ed25519Key.from_private_key_file(str(tmp_path / "client"))
        for _ in range(6):
            await asyncio.sleep(10)
            transport = paramiko.Transport(("127.0.0.1", service.port))
            own = f" port {transport.sock.getsockname()[1]}"
            try:
                # Never behind a guess in a queue: sshd waits 30 s.
                await loop.run_in_executor(owners, sign_in, transport, key)
            except (paramiko.SSHException, EOFError) as error:
                lines = [line for line in said() if own in line or " port " not in line]
                raise AssertionError("\n".join([repr(error), *lines[-50:]])) from error
        for each in guessing:
            each.cancel()
        await asyncio.gather(*guessing, return_exceptions=True)
        await asyncio.to_thread(eventually, lambda: service.sign_ins == 6)

    with ThreadPoolExecutor(6) as guessers, ThreadPoolExecutor(1) as owners:
        with_sshd(tmp_path, journal, use)
    assert sum(line.startswith("sshd: Accepted publickey") for line in said()) == 6
