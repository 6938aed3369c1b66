"""What a client of the backend is told, and when."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from colabwidget import __version__
from colabwidget.backend import client_connection
from colabwidget.backend.client_connection import ClientConnection
from colabwidget.core.secrets import Redactor
from colabwidget.core.snapshot import Snapshot
from colabwidget.ipc import messages
from colabwidget.runtime.journal import Journal

LONG = 600.0  # seconds, which no test waits for


class Answers:
    """A session of which only the phase changes."""

    def __init__(self) -> None:
        self.revision = 1
        self.phase: Any = "idle"

    def snapshot(self) -> dict[str, Any]:
        return Snapshot(revision=self.revision, phase=self.phase).as_dict()

    async def answer(self, request: messages.Request) -> dict[str, Any]:
        return {}


async def heard(reader: asyncio.StreamReader) -> messages.Message:
    return messages.decode(await asyncio.wait_for(reader.readline(), 20))


async def connected(answers: Answers, journal: Journal) -> tuple[Any, ...]:
    """A connection that follows, the client's two directions, and what serves it."""
    ends = socket.socketpair()
    own, theirs = [await asyncio.open_unix_connection(sock=each) for each in ends]
    client = ClientConnection(answers, journal, *theirs)
    serving = asyncio.ensure_future(client.serve("epoch"))
    assert isinstance(await heard(own[0]), messages.Hello)
    own[1].write(messages.encode(messages.Hello(messages.VERSION, __version__, follow=True)))
    assert isinstance(await heard(own[0]), messages.State)
    return client, own, serving


def test_a_new_phase_waits_for_no_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_connection, "EVENT_PAUSE", LONG)

    async def follow() -> None:
        answers = Answers()
        journal = Journal(tmp_path / "journal", Redactor())
        client, (reader, writer), serving = await connected(answers, journal)
        for phase in ("working", "connected", "closing"):
            answers.phase, answers.revision = phase, answers.revision + 1
            client.news.set()
            client.urgent_news.set()
            state = await heard(reader)
            assert isinstance(state, messages.State)
            assert state.snapshot["phase"] == phase
        writer.close()
        await serving
        client.close()
        journal.close()

    asyncio.run(follow())


def test_anything_else_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_connection, "EVENT_PAUSE", LONG)

    async def follow() -> None:
        answers = Answers()
        journal = Journal(tmp_path / "journal", Redactor())
        client, (reader, writer), serving = await connected(answers, journal)
        answers.revision += 1
        client.news.set()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.1)
        writer.close()
        await serving
        client.close()
        journal.close()

    asyncio.run(follow())
