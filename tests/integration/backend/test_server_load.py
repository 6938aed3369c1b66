"""A flood of lines and clients that do not listen cost the backend no memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from colabwidget import __version__
from colabwidget.ipc import messages
from tests.kit.backend.wire import Line
from tests.kit.machine.machine import ROOT

# The server with a journal that this test fills: told a number and a text, it adds so many lines,
# and tells how large it has ever been.
TALKATIVE = """
import asyncio, json, re, sys
from pathlib import Path
from colabwidget.system import files, paths
from colabwidget.runtime.journal import Journal
from colabwidget.backend.server import Server
from colabwidget.core.secrets import Redactor

async def main():
    directory = files.ensure_private(paths.runtime_directory())
    private = files.ensure_private(directory / "session")
    journal = Journal(directory / "journal.log", Redactor())
    server = Server(journal, private)

    async def obey():
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while command := await reader.readline():
            count, text = json.loads(command)
            for number in range(count):
                journal.add(f"{journal.end} {text}")
                if number % 100 == 0:
                    await asyncio.sleep(0)
            # Not getrusage: its peak is inherited from the process that started this one.
            status = Path("/proc/self/status").read_text()
            print(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], flush=True)
        server.request_stop()

    work = asyncio.ensure_future(obey())
    await server.run(paths.socket_path(), lambda: print("ready", flush=True))
    journal.close()

asyncio.run(main())
"""
TEXT = "Unpacking a package whose name is rather long ..."
LINE = "{} " + TEXT


class Talkative:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TALKATIVE],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout and self._process.stdout.readline() == "ready\n"

    def add(self, lines: int, text: str = TEXT) -> int:
        """Let it add lines; its greatest size so far, in bytes."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([lines, text]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline()) << 10

    def end(self) -> None:
        self._process.communicate(timeout=60)
        assert self._process.returncode == 0


@pytest.fixture
def talkative(runtime: object) -> Iterator[Talkative]:
    made = Talkative()
    try:
        yield made
    finally:
        made.end()


def pulled(line: Line) -> list[str]:
    """The journal, as a client that wants all of it gets it."""
    lines: list[str] = []
    while True:
        part = line.result(messages.Journal(1, len(lines)))
        assert part["since"] == len(lines)
        lines += part["text"].split("\n") if part["count"] else []
        assert part["since"] + part["count"] == len(lines)
        if len(lines) == part["end"]:
            return lines


def test_who_reads_nothing_costs_nothing_and_misses_nothing(talkative: Talkative) -> None:
    with Line() as slow, Line() as other:
        for line in (slow, other):
            line.say(messages.Hello(messages.VERSION, __version__, follow=True))
        before = talkative.add(20_000)
        after = talkative.add(180_000)
        assert after - before < 8 << 20
        # It had nothing to read but a few small events, and is told where the journal ends.
        told = 0
        while told < 200_000:
            event = slow.hear()
            assert event
            if isinstance(event, messages.Log):
                assert event.end >= told and event.count * 20 <= len(event.text) <= 40_000
                told = event.end
        assert pulled(slow) == [LINE.format(number) for number in range(200_000)]


def test_few_lines_are_pushed_and_a_flood_is_only_announced(talkative: Talkative) -> None:
    with Line() as line:
        line.follow()
        talkative.add(3)
        event = line.hear()
        assert event == messages.Log(0, 3, 3, "\n".join(LINE.format(n) for n in range(3)))
        talkative.add(5_000)
        counted = 3
        while counted < 5_003:
            event = line.hear()
            assert isinstance(event, messages.Log)
            counted = event.end
        assert event.count < 1_000


def test_who_asks_and_does_not_listen_costs_nothing_either(talkative: Talkative) -> None:
    before = talkative.add(20_000)
    with Line() as greedy, Line() as other:
        greedy.say(b"".join(messages.encode(messages.Journal(n, 0)) for n in range(200)))
        for number in range(20):  # by now all of them were read
            other.result(messages.Status(number))
        assert talkative.add(1) - before < 24 << 20
        for _ in range(200):
            reply = greedy.hear()
            assert isinstance(reply, messages.Reply) and reply.result["since"] == 0


@pytest.mark.parametrize("text", ["🙂", "\x1b", '"', "é"])
def test_no_answer_is_longer_than_a_line_may_be(talkative: Talkative, text: str) -> None:
    """Some characters take more room on the wire than in the journal."""
    talkative.add(200, text * 4000)
    with Line() as line:
        line.say(messages.Journal(1, 0))
        assert len(line.raw()) <= messages.LINE_MAX
