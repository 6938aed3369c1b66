"""The host key: one for the machine, whole or not there, and no lock is waited for."""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
import subprocess
from pathlib import Path

import pytest

from colabwidget.access.host_key import HostKey, ensure_host_keys, make_rsa
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths


def made(journal: Journal, backends: int = 1) -> list[HostKey]:
    async def make() -> list[HostKey]:
        found = await asyncio.gather(*(ensure_host_keys(journal) for _ in range(backends)))
        return [keys[0] for keys in found]

    return asyncio.run(make())


def names() -> list[str]:
    return sorted(path.name for path in paths.state_directory().iterdir())


BOTH = ["ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"]


def test_backends_that_begin_together_have_one_key(runtime: Path, journal: Journal) -> None:
    keys = made(journal, 4)

    assert len({key.public for key in keys}) == 1
    assert names() == BOTH
    assert stat.S_IMODE(keys[0].path.stat().st_mode) == 0o600
    kind, body = keys[0].public.split()
    assert kind == "ssh-ed25519"
    assert keys[0].path.with_name(BOTH[1]).read_text().split()[:2] == [kind, body]
    assert made(journal)[0].public == keys[0].public


def test_a_lock_of_another_program_is_not_waited_for(runtime: Path, journal: Journal) -> None:
    folder = paths.state_directory()
    folder.mkdir(mode=0o700, parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert made(journal)[0].public


@pytest.mark.parametrize("half", ["no public half", "half of a private key", "no links"])
def test_what_is_half_made_is_made_whole(
    runtime: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch, half: str
) -> None:
    if half == "no links":

        def link(*names: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", link)
    first = made(journal)[0]
    if half != "no links":
        first.path.with_name(BOTH[1]).unlink()
    if half == "half of a private key":
        first.path.write_bytes(first.path.read_bytes()[:100])

    again = made(journal)[0]

    assert (again.public == first.public) == (half != "half of a private key")
    assert names() == BOTH
    assert again.public in again.path.with_name(BOTH[1]).read_text()


def test_the_rsa_key_follows_the_other_once_it_is_made(runtime: Path, journal: Journal) -> None:
    async def work() -> tuple[list[HostKey], HostKey, list[HostKey]]:
        first = await ensure_host_keys(journal)
        rsa = await make_rsa(journal)
        return first, rsa, await ensure_host_keys(journal)

    first, rsa, both = asyncio.run(work())
    assert [key.public.split()[0] for key in both] == ["ssh-ed25519", "ssh-rsa"]
    assert both == [*first, rsa]
    # As ssh-keygen -l prints it: the bits come first.
    listed = subprocess.run(["ssh-keygen", "-l", "-f", rsa.path], capture_output=True, text=True)
    assert listed.stdout.startswith("3072 ")


def test_a_making_that_is_broken_off_leaves_nothing(runtime: Path, journal: Journal) -> None:
    async def work() -> None:
        making = asyncio.create_task(make_rsa(journal))
        folder = paths.state_directory()
        while not (folder.is_dir() and any(folder.iterdir())) and not making.done():
            await asyncio.sleep(0.005)
        making.cancel()
        await asyncio.wait({making})

    asyncio.run(work())
    assert names() in ([], ["ssh_host_rsa_key", "ssh_host_rsa_key.pub"])
