"""The event log: every line, in order, with no secret, in bounded memory."""

from __future__ import annotations

import errno
import logging
import os
import stat
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core.errors import ColabWidgetError, explain
from colabwidget.core.printable import spelled_out
from colabwidget.core.secrets import MASK, Redactor
from colabwidget.runtime.journal import LINE_MAX, Journal, JournalHandler

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"
WITHOUT_END = 1 << 60


def whole(journal: Journal, limit: int = 50_000) -> list[str]:
    """All lines, as a client pulls them."""
    lines: list[str] = []
    while len(lines) < journal.end:
        first, part = journal.since(len(lines), limit)
        assert first == len(lines)
        assert part, f"nothing came from line {first} of {journal.end} on"
        lines += part
    return lines


def test_lines_are_numbered_from_nought(journal: Journal) -> None:
    assert journal.end == 0
    assert journal.since(0, WITHOUT_END) == (0, [])
    journal.add("one")
    journal.add("two\nthree\n")
    journal.add("")
    assert journal.end == 4
    assert journal.since(0, WITHOUT_END) == (0, ["one", "two", "three", ""])
    assert journal.since(2, WITHOUT_END) == (2, ["three", ""])


def test_a_number_outside_is_the_nearest_inside(journal: Journal) -> None:
    journal.add("one\ntwo")
    assert journal.since(-5, WITHOUT_END) == (0, ["one", "two"])
    assert journal.since(99, WITHOUT_END) == (2, [])


def test_a_limit_cuts_between_lines_but_always_gives_one(journal: Journal) -> None:
    journal.add("x" * 100 + "\n" + "y" * 100 + "\nz")
    assert journal.since(0, 10) == (0, ["x" * 100])
    assert journal.since(0, 250) == (0, ["x" * 100, "y" * 100, "z"])
    assert journal.since(0, 203) == (0, ["x" * 100, "y" * 100])


def test_whoever_listens_is_told_of_each_addition(journal: Journal) -> None:
    ends: list[int] = []
    journal.on_change = lambda: ends.append(journal.end)
    journal.add("one")
    journal.add("two\nthree")
    assert ends == [1, 3]


def test_what_memory_has_let_go_is_read_from_the_file(journal: Journal) -> None:
    lines = [f"{number} {'·' * (number % 700)}" for number in range(3000)]
    for line in lines:
        journal.add(line)
    for number in (0, 1, 127, 128, 129, 255, 256, 1500, 2200, 2999):
        first, part = journal.since(number, 5_000)
        assert first == number
        assert part == lines[number : number + len(part)] != []
    assert whole(journal) == lines
    assert whole(journal, limit=1) == lines


@given(st.lists(st.text(max_size=30) | st.just("x" * 9000), max_size=120), st.integers(1, 60_000))
def test_every_text_comes_back_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], limit: int
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal") / "log", Redactor())
    expected = []
    for text in texts:
        journal.add(text)
        expected += spelled_out(text, colours=True).rstrip("\n").split("\n")
    assert whole(journal, limit) == expected
    journal.close()


def test_no_line_overwrites_its_prefix_or_steers_a_terminal(journal: Journal) -> None:
    journal.add("sshd: Invalid user x\rsshd: Accepted password for ada\x1b]52;c;cm0=\x07\u202e")
    journal.add("\x1b[32mgreen\x1b[0m\x1b[2K")
    assert whole(journal) == [
        r"sshd: Invalid user x\rsshd: Accepted password for ada\x1b]52;c;cm0=\x07\u202e",
        "\x1b[32mgreen\x1b[0m\\x1b[2K",
    ]


def test_a_hundred_thousand_lines_are_whole_and_cost_little_memory(journal: Journal) -> None:
    number = 100_000
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for first in range(0, number, 100):
        journal.add("\n".join(f"Unpacking package number {first + n} ..." for n in range(100)))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 3 << 20
    assert whole(journal, 256 * 1024) == [
        f"Unpacking package number {n} ..." for n in range(number)
    ]


def test_secrets_do_not_get_in(journal: Journal, tmp_path: Path) -> None:
    journal.redactor.add([TOKEN])
    journal.add(f"one\nYour authtoken: {TOKEN}\nthree {TOKEN}")
    for _ in range(2):
        assert journal.since(0, WITHOUT_END)[1] == [
            "one",
            f"Your authtoken: {MASK}",
            f"three {MASK}",
        ]
    assert TOKEN.encode() not in (tmp_path / "journal.log").read_bytes()


def test_a_very_long_line_is_cut_but_never_through_a_secret(journal: Journal) -> None:
    journal.redactor.add([TOKEN])
    for shift in range(len(TOKEN)):
        journal.add("x" * (LINE_MAX - shift) + TOKEN + "y" * 10)
    lines = whole(journal)
    assert max(map(len, lines)) == LINE_MAX
    assert "".join(lines).count(MASK) == len(TOKEN)
    assert TOKEN[:10] not in "".join(lines)


def test_a_line_of_a_megabyte_is_kept_whole(journal: Journal) -> None:
    journal.add("z" * (1 << 20))
    assert journal.end == (1 << 20) // LINE_MAX
    assert "".join(whole(journal)) == "z" * (1 << 20)


def test_the_files_are_private_from_the_start_and_go_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    for name in ("journal.log", "journal.log.7"):
        (tmp_path / name).write_text("of a backend that was killed")
    before = os.umask(0)
    try:
        journal = Journal(path, Redactor(), segment_max=1000)
        assert list(tmp_path.iterdir()) == []
        journal.add("one")
        assert path.read_bytes() == b"one\n"
        journal.add("x" * 1000)
        journal.add("another file")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()] == [0o600, 0o600]
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_file_s_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "precious"
    other.write_text("mine")
    (tmp_path / "journal.log").symlink_to(other)
    Journal(tmp_path / "journal.log", Redactor()).add("one")
    assert other.read_text() == "mine"


def test_a_file_that_somebody_has_removed_is_read_all_the_same(
    journal: Journal, tmp_path: Path
) -> None:
    lines = [f"{number} {'.' * 100}" for number in range(9_000)]
    for line in lines[:5_000]:
        journal.add(line)
    (tmp_path / "journal.log").unlink()
    for line in lines[5_000:]:
        journal.add(line)
    assert whole(journal) == lines


def test_the_oldest_lines_make_room_for_the_newest(tmp_path: Path) -> None:
    """Days of guessing at the SSH server fill no disk; who reads from the start is told."""
    journal = Journal(tmp_path / "journal.log", Redactor(), segment_max=1 << 20)
    lines = [f"{number} Invalid user admin from 127.0.0.1" for number in range(100_000)]
    for number, line in enumerate(lines):
        journal.add(line)
        if number % 1000 == 0:
            assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= (2 << 20) + 200
    first, (told,) = journal.since(0, WITHOUT_END)
    assert told == f"({first + 1} lines are missing here: the log keeps at most 2 MiB)"
    position, kept = first + 1, []
    while position < journal.end:
        number, part = journal.since(position, 50_000)
        assert number == position and part
        kept += part
        position += len(part)
    assert kept == lines[first + 1 :]
    assert sum(map(len, kept)) > 1 << 20
    assert journal.since(first, WITHOUT_END)[1] == [
        "(1 line is missing here: the log keeps at most 2 MiB)"
    ]
    journal.close()


def test_up_to_its_limit_it_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log", Redactor(), segment_max=1 << 20)
    size = 0
    while size < (2 << 20) - 1000:
        line = f"{journal.end} {'.' * (journal.end % 900)}"
        journal.add(line)
        size += len(line) + 1
    lines = whole(journal)
    assert [line.split(" ")[0] for line in lines] == [str(n) for n in range(journal.end)]
    journal.close()


def test_empty_lines_are_found_by_their_number_too(journal: Journal) -> None:
    for _ in range(50):
        journal.add("\n" * 9_999 + "x")
    assert journal.since(123_456, 5) == (123_456, [""] * 5)
    assert journal.since(129_999, 1) == (129_999, ["x"])


def test_where_no_file_can_be_made_memory_has_the_newest_lines(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    journal = Journal(folder / "journal.log", Redactor())
    for number in range(20_000):
        journal.add(f"{number} of some text")
    first, (told,) = journal.since(0, WITHOUT_END)
    assert told == f"({first + 1} lines are missing here: the disk was full)"
    _, kept = journal.since(first + 1, WITHOUT_END)
    assert kept == [f"{number} of some text" for number in range(first + 1, 20_000)]
    journal.close()


def test_what_python_s_loggers_say_gets_in_with_its_traceback(journal: Journal) -> None:
    logger = logging.getLogger("colabwidget.test")
    logger.propagate = False
    logger.addHandler(JournalHandler(journal))
    journal.redactor.add([TOKEN])
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logger.exception("It went %s", "wrong")
    lines = journal.since(0, WITHOUT_END)[1]
    assert lines[0] == "It went wrong"
    assert lines[1].startswith("Traceback")
    assert lines[-1] == f"ValueError: {MASK}"


def test_an_error_is_explained_without_its_secrets(journal: Journal) -> None:
    known = ColabWidgetError("not_connected")
    assert explain(known, journal.redactor.redact, journal.add) is known
    assert journal.end == 0
    journal.redactor.add(["swordfish123"])
    try:
        raise ValueError("no swordfish123 here")
    except ValueError as error:
        told = explain(error, journal.redactor.redact, journal.add)
    assert (told.code, told.info["cause"]) == ("internal", "ValueError: no •••••••• here")
    written = "\n".join(journal.since(0, 100_000)[1])
    assert "test_journal.py" in written and "Traceback" in written
    assert "swordfish123" not in written


def test_what_a_program_repeats_of_its_secret_is_in_no_error(journal: Journal) -> None:
    """A tunnel of another package says in its error what its program said at last."""
    journal.redactor.add([TOKEN])
    said = f"It said: no such token: {TOKEN}."
    told = explain(
        ColabWidgetError("tunnel_failed", tunnel="bore", reason=said),
        journal.redactor.redact,
        journal.add,
    )
    assert told.info["cause"] == f"It said: no such token: {MASK}."
    assert TOKEN not in f"{told} {told.args} {told.info}"
    assert (told.code, told.info["title"]) == ("tunnel_failed", "bore could not be used.")


def test_a_full_disk_is_explained_in_a_sentence(journal: Journal) -> None:
    told = explain(
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/run/file"),
        journal.redactor.redact,
        journal.add,
    )
    assert told.code == "disk_full"
    assert told.info["cause"] == "/run/file could not be written: No space left on device."
    assert journal.end == 0


def test_what_is_added_after_the_end_makes_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log", Redactor())
    journal.add("one")
    journal.close()
    journal.add("two")
    assert not [*tmp_path.iterdir()]
    journal.close()
