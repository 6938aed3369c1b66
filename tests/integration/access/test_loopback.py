"""The way that a client's program takes into a tunnel, tried from this machine."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from colabwidget.access.loopback import through_tunnel
from colabwidget.access.one_time_key import make_one_time_key
from colabwidget.access.sign_in import SignIn
from colabwidget.access.verify import verify
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret
from colabwidget.runtime.children import descendants
from colabwidget.runtime.journal import Journal
from tests.kit.machine.processes import command_line
from tests.kit.waiting import eventually

THERE = Endpoint("amber.example.org", 22, proxy="carry %h")


def through(command: Sequence[str], data: bytes) -> tuple[bytes, list[str]]:
    """What comes back for some bytes, and what the program has said to people."""
    words: list[str] = []

    async def work() -> bytes:
        async with through_tunnel(THERE, command, words.append) as (host, port):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(data)
            writer.write_eof()
            came = await reader.read()
            writer.close()
            while not words and b"silent" not in data:
                await asyncio.sleep(0.01)
            return came

    return asyncio.run(asyncio.wait_for(work(), 20)), words


def test_a_program_carries_each_connection_and_ends_with_the_context(tmp_path: Path) -> None:
    async def work() -> None:
        command = ["sh", "-c", f"exec cat {tmp_path}/none -"]
        async with through_tunnel(THERE, command) as (host, port):
            both = [await asyncio.open_connection(host, port) for _ in range(2)]
            for reader, writer in both:
                writer.write(b"ahoy")
                assert await reader.readexactly(4) == b"ahoy"
            assert sum(str(tmp_path) in command_line(pid) for pid in descendants()) == 2
            for _, writer in both:
                writer.close()

    asyncio.run(asyncio.wait_for(work(), 20))
    eventually(lambda: not any(str(tmp_path) in command_line(pid) for pid in descendants()))


def test_it_may_end_in_any_moment_of_the_program_s_end() -> None:
    async def work(delay: float) -> None:
        command = ["sh", "-c", "cat; sleep 0.05 >&- & exit 3"]
        async with through_tunnel(THERE, command) as (host, port):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await asyncio.sleep(delay)

    for step in range(10):
        asyncio.run(work(step / 500))
    gc.collect()  # a process that is not closed with its loop complains here


def test_bytes_of_any_kind_come_through() -> None:
    data = b"silent" + os.urandom(300_000)
    assert through(["cat"], data) == (data, [])


def test_what_it_says_to_people_is_heard_at_its_end() -> None:
    program = ["sh", "-c", "cat; echo first >&2; printf 'at last\\n\\n' >&2; exit 3"]
    assert through(program, b"ahoy") == (b"ahoy", ["at last"])


def test_a_flood_of_words_harms_nothing() -> None:
    program = ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo end >&2"]
    assert through(program, b"")[1] == ["end"]


def test_where_clients_connect_themselves_it_is_the_endpoint() -> None:
    async def work() -> None:
        async with through_tunnel(Endpoint("192.0.2.1", 4711), ()) as place:
            assert place == ("192.0.2.1", 4711)

    asyncio.run(work())


def client(folder: Path) -> SignIn:
    key = asyncio.run(make_one_time_key(folder))
    return SignIn("colab", [f"ssh-ed25519 {'A' * 68}"], key, folder)


def test_who_does_not_get_in_is_told_what_the_program_said(
    journal: Journal, tmp_path: Path
) -> None:
    journal.redactor.add([Secret("hunter2hunter2")])
    said = (
        '2026-11-27T10:00:00Z ERR failed to connect to origin error="bad handshake hunter2hunter2"'
    )
    program = ["sh", "-c", f"echo '{said}' >&2; exit 1"]
    with pytest.raises(ColabWidgetError) as caught:
        asyncio.run(verify(THERE, program, client(tmp_path), journal, 0.1))
    assert caught.value.code == "verify_failed"
    reason = caught.value.info["cause"]
    assert reason.startswith('sh says: failed to connect to origin error="bad handshake ')
    assert "hunter2" not in reason
    assert f"Not reachable at amber.example.org yet: {reason}" in journal.since(0, 100)[1]


def test_a_program_that_says_nothing_leaves_what_was_met(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(ColabWidgetError) as caught:
        asyncio.run(verify(THERE, ["true"], client(tmp_path), journal, 0.1))
    assert caught.value.info["cause"] == "amber.example.org closes every connection."
