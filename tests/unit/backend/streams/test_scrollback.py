"""What a terminal is shown again."""

from __future__ import annotations

import pytest

from colabwidget.backend.streams.scrollback import Scrollback
from tests.kit.rows import marked


def forgotten(data: bytes, size: int = 1000) -> Scrollback:
    """A scrollback that has forgotten those bytes, with what was printed after them."""
    kept = Scrollback(size)
    kept.add(data)
    for number in range(size):
        kept.add(b"line %d\n" % number)
    return kept


def test_a_scrollback_forgets_whole_lines_and_keeps_the_modes() -> None:
    kept = forgotten(b"\x1b[?1049h\x1b[?25l")
    assert kept.preamble() == b"\x1b[?1049h\x1b[?25l"
    assert kept.on_alternate_screen()
    text = kept.since(kept.start, 10_000)
    assert text.startswith(b"line ") and text.endswith(b"line 999\n")
    assert kept.end - kept.start <= 1250
    kept.add(b"\x1b[?1049l")
    assert not kept.on_alternate_screen()


@pytest.mark.parametrize(
    ("printed", "again"),
    marked(
        {
            "a cursor that is hidden": (b"\x1b[?25l", b"\x1b[?25l"),
            "a cursor that is shown again": (b"\x1b[?25l\x1b[?25h", b"\x1b[?25h"),
            "several modes": (b"\x1b[?7;25l\x1b[4h", b"\x1b[?7l\x1b[?25l\x1b[4h"),
            "a title": (b"\x1b]0;a\x07\x1b]2;caf\xc3\xa9\x1b\\", b"\x1b]0;caf\xc3\xa9\x07"),
            "a title that is taken back": (b"\x1b]0;a\x07\x1b]0;\x07", b""),
            "a name of an icon": (b"\x1b]1;a\x07", b""),
            "the mouse, and a reset": (b"\x1b[?1000h\x1b[31m\x1bc", b""),
            "the mouse, and a soft reset": (b"\x1b[?1000h\x1b[?25l\x1b[!p", b"\x1b[?1000h"),
            "a title and a reset": (b"\x1b]0;a\x07\x1bc", b"\x1b]0;a\x07"),
            "lines for letters": (b"\x1b(0", b"\x1b(0"),
            "cursor, keypad, region": (
                b"\x1b[5 q\x1b=\x1b[2;9r",
                b"\x1b[5 q\x1b=\x1b[2;9r",
            ),
            "a colour": (b"\x1b[1m\x1b[0;31m\x1b[4m", b"\x1b[0;31m\x1b[4m"),
            "a colour that is over": (b"\x1b[31m\x1b[m", b"\x1b[m"),
        }
    ),
)
def test_what_was_set_once_is_set_again(printed: bytes, again: bytes) -> None:
    assert forgotten(printed).preamble() == again


def test_what_a_program_may_set_is_bounded() -> None:
    kept = Scrollback(1000)
    for number in range(10_000):
        kept.add(b"\x1b[?%dh\x1b[%dm\x1b]0;%s\x07\n" % (number, number % 90 + 1, b"x" * 900))
    assert len(kept.preamble()) < 4000


def test_what_is_kept_was_printed_at_sizes() -> None:
    kept = Scrollback(1000)
    kept.resized(100, 30)
    kept.resized(80, 24)
    kept.add(b"x" * 10)
    kept.resized(60, 24)
    assert kept.sizes() == [(0, 80, 24), (10, 60, 24)]
    kept.add(b"line\n" * 500)
    kept.resized(90, 24)
    assert kept.sizes() == [(kept.start, 60, 24), (kept.end, 90, 24)]
    for number in range(1000):
        kept.resized(number + 1, 24)
        kept.add(b".")
    assert len(kept.sizes()) <= 100
    assert kept.sizes()[-1][1] == 1000
