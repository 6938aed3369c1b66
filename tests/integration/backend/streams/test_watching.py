"""One terminal, shown to a guest: real sockets and a real shell, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colabwidget.access.account import own_account
from colabwidget.backend.streams.shell import KEPT, Shell
from colabwidget.backend.streams.watching import Watching
from colabwidget.system import accounts
from tests.kit.waiting import eventually

SECRET = "a secret"
Use = Callable[[Shell, Watching, Path], Awaitable[Any]]


def with_shell(folder: Path, use: Use, *, typing: bool = False, user: int | None = None) -> Any:
    """Show a shell of this process's account, in a home without start-up files."""

    async def work() -> Any:
        home = {"HOME": str(folder), "PATH": os.environ["PATH"], "PS1": ""}
        account = own_account(accounts.own().pw_name, {})
        shell = Shell(account, home, folder, 80, 24, outlives_session=True)
        path = folder / "socket"
        me = os.geteuid() if user is None else user
        watching = Watching(shell, path, SECRET, me, typing=typing, views_max=2)
        await shell.start()
        await watching.start()
        try:
            return await use(shell, watching, path)
        finally:
            watching.close()
            await shell.stop()

    return asyncio.run(asyncio.wait_for(work(), 60))


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def come_in(path: Path, secret: str = SECRET) -> tuple[dict[str, Any], Ends]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(secret.encode() + b"\n")
    line = await asyncio.wait_for(reader.readline(), 10)
    return (json.loads(line) if line else {}), (reader, writer)


async def until(reader: asyncio.StreamReader, text: bytes) -> bytes:
    said = b""
    while text not in said:
        more = await asyncio.wait_for(reader.read(65_536), 10)
        assert more, said[-500:]
        said += more
    return said


def spy(shell: Shell, patch: pytest.MonkeyPatch) -> list[bytes]:
    """What is typed into a shell."""
    typed: list[bytes] = []

    async def write_input(data: bytes) -> None:
        typed.append(data)

    patch.setattr(shell, "write_input", write_input)
    return typed


def test_whatever_a_guest_sends_who_only_watches_nothing_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [0]

    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        typed, before = spy(shell, monkeypatch), (shell.size, shell.typed_at)
        loop = asyncio.get_running_loop()

        async def send(pieces: list[bytes]) -> None:
            _, (_, writer) = await come_in(path)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
            writer.close()
            await asyncio.sleep(0.002)
            sent[0] += 1

        @settings(max_examples=150)
        @given(st.lists(st.binary(max_size=5000), max_size=5))
        def fuzz(pieces: list[bytes]) -> None:
            asyncio.run_coroutine_threadsafe(send(pieces), loop).result(20)

        await asyncio.to_thread(fuzz)
        assert (typed, (shell.size, shell.typed_at)) == ([], before)

    with_shell(tmp_path, use)
    assert sent[0] > 100


def test_a_guest_sees_what_was_and_what_comes_and_may_type_where_that_is_allowed(
    tmp_path: Path,
) -> None:
    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        await shell.write_input(b"PS1=; echo was-$((1 + 1))\n")
        told, (reader, writer) = await come_in(path)
        assert told == {"columns": 80, "rows": 24, "typing": True}
        await until(reader, b"was-2")
        writer.write(b"echo typed-$((1 + 2))\r\x1b[24;80R")
        await until(reader, b"typed-3")
        writer.write(b"exit\r")
        await until(reader, b"exit")
        while await asyncio.wait_for(reader.read(65_536), 10):
            pass

    with_shell(tmp_path, use, typing=True)


def test_a_guest_who_does_not_read_holds_nothing_up_and_goes_on_with_what_is_kept(
    tmp_path: Path,
) -> None:
    lines = "".join(f"{number:07d}\n" for number in range(4 * KEPT // 8))
    (tmp_path / "large").write_text(lines)

    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        _, (reader, _) = await come_in(path)
        await shell.write_input(f"cat {tmp_path}/large; touch {tmp_path}/done\n".encode())
        await asyncio.to_thread(eventually, (tmp_path / "done").exists)
        await shell.write_input(b"echo all-$((1 + 1))\n")
        said = await until(reader, b"all-2")
        assert b"\x1b[2J" in said and len(said) < 2 * len(lines)

    with_shell(tmp_path, use)


@pytest.mark.parametrize("secret", ["", "a", "a secret ", "x" * 100_000])
def test_what_is_not_the_secret_sees_nothing(tmp_path: Path, secret: str) -> None:
    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        told, (reader, _) = await come_in(path, secret)
        assert "error" in told or not told
        assert await asyncio.wait_for(reader.read(), 10) == b""

    with_shell(tmp_path, use)


def test_a_process_of_another_account_sees_nothing(tmp_path: Path) -> None:
    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        with contextlib.suppress(ConnectionResetError):
            told, _ = await come_in(path)
            assert told == {}

    with_shell(tmp_path, use, user=os.geteuid() + 1)


def test_more_views_than_allowed_are_refused_and_all_end_at_once(tmp_path: Path) -> None:
    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        first, second = await come_in(path), await come_in(path)
        told, _ = await come_in(path)
        assert told == {"error": "This invitation is in use already."}
        watching.close()
        for _, (reader, _) in (first, second):
            while await asyncio.wait_for(reader.read(65_536), 1):
                pass
        with pytest.raises(OSError):
            await asyncio.open_unix_connection(str(path))

    with_shell(tmp_path, use)


def test_a_guest_leaves_with_ctrl_c(tmp_path: Path) -> None:
    async def use(shell: Shell, watching: Watching, path: Path) -> None:
        _, (reader, writer) = await come_in(path)
        writer.write(b"\x03")
        while await asyncio.wait_for(reader.read(65_536), 10):
            pass
        assert not shell.ended.is_set()

    with_shell(tmp_path, use)
