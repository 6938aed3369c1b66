"""Programs that the backend starts: what they are told, what they say, and how they end."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from colabwidget.core.secrets import MASK
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"


def run(*arguments: str, journal: Journal | None = None, text: str = "") -> tuple[int, list[str]]:
    lines: list[str] = []
    work = process.run(arguments, journal, text=text, on_line=lines.append)
    return asyncio.run(asyncio.wait_for(work, 30)), lines


def shell(script: str, journal: Journal | None = None) -> tuple[int, list[str]]:
    return run("sh", "-c", script, journal=journal)


def test_lines_of_both_streams_come_in_order_and_reach_the_journal(journal: Journal) -> None:
    status, lines = shell("echo one; echo two >&2; printf 'three\\r\\n\\nfive'", journal)
    assert (status, lines) == (0, ["one", "two", "three", "", "five"])
    assert journal.since(0, 1000)[1] == lines


def test_a_program_is_told_what_to_read_and_else_reads_nothing() -> None:
    assert run("cat", text="näme:s3cret\n") == (0, ["näme:s3cret"])
    assert run("cat") == (0, [])


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", -9)])
def test_the_exit_status_is_the_program_s(script: str, status: int) -> None:
    assert shell(script)[0] == status


def test_a_program_that_is_not_there_says_so() -> None:
    status, lines = run("no-such-program-anywhere")
    assert status == 127
    assert "no-such-program-anywhere" in lines[0]


def test_a_program_sees_nothing_of_the_notebook_s_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_SERVICE_TOKEN", TOKEN)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/notebook/lib")
    lines: list[str] = []
    more = {"DEBIAN_FRONTEND": "noninteractive"}
    asyncio.run(process.run(["env"], None, environment=more, on_line=lines.append))
    names = {line.partition("=")[0] for line in lines}
    assert {"PATH", "HOME", "LANG", "DEBIAN_FRONTEND"} <= names
    assert not names & {"MY_SERVICE_TOKEN", "LD_LIBRARY_PATH"}


def test_many_lines_are_all_there() -> None:
    status, lines = shell("seq 50000")
    assert status == 0
    assert lines == [str(number) for number in range(1, 50_001)]


def test_lines_are_given_while_the_program_runs(tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"echo ready; while [ ! -e {go} ]; do sleep 0.01; done; echo went"
    work = process.run(["sh", "-c", script], None, on_line=lambda line: go.touch())
    assert asyncio.run(asyncio.wait_for(work, 30)) == 0


def print_in_two_writes(first: bytes, second: bytes, go: Path) -> list[str]:
    """A program that prints its second part only after the first was read."""
    return [
        sys.executable,
        "-c",
        "import os, sys, time\n"
        f"os.write(1, {first!r})\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"os.write(1, {second!r})\n",
    ]


@pytest.mark.parametrize("cut", range(1, len("„ä€🙂“".encode())))
def test_a_character_cut_in_its_middle_is_whole(tmp_path: Path, cut: int) -> None:
    data, go, lines = "„ä€🙂“".encode(), tmp_path / "go", []

    def hear(line: str) -> None:
        lines.append(line)
        go.touch()

    command = print_in_two_writes(b"go\n" + data[:cut], data[cut:] + b"\n", go)
    asyncio.run(asyncio.wait_for(process.run(command, None, on_line=hear), 30))
    assert lines == ["go", "„ä€🙂“"]


@pytest.mark.parametrize("cut", [1, 6, 20, len(TOKEN) - 1, len(TOKEN)])
def test_a_secret_on_the_border_of_an_endless_line_is_not_shown(
    tmp_path: Path, journal: Journal, cut: int
) -> None:
    journal.redactor.add([TOKEN])
    go = tmp_path / "go"
    # A progress bar without an end of line: it is given in pieces, so as not to wait for ever.
    script = (
        "import os, sys, time\n"
        "start = 'x' * 262_144 + sys.stdin.readline().strip()\n"
        "rest = sys.stdin.readline().strip() + 'yyy'\n"
        "os.write(1, start.encode())\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "os.write(1, rest.encode())\n"
    )
    work = process.run(
        [sys.executable, "-c", script],
        journal,
        text=f"{TOKEN[:cut]}\n{TOKEN[cut:]}\n",
        on_line=lambda line: go.touch(),
    )
    asyncio.run(asyncio.wait_for(work, 30))
    lines: list[str] = []
    while len(lines) < journal.end:
        lines += journal.since(len(lines), 1 << 30)[1]
    shown = "".join(lines)
    assert shown == "x" * 262_144 + MASK + "yyy"


def test_what_is_too_slow_is_given_up() -> None:
    assert asyncio.run(process.output(["sleep", "1000"], timeout=0.2)) == (-1, "")
    assert asyncio.run(process.output(["echo", "hello"])) == (0, "hello")
