"""What a terminal is shown again."""

from __future__ import annotations

from colabwidget.backend.streams.scrollback import Scrollback


def test_a_scrollback_forgets_whole_lines_and_keeps_the_modes() -> None:
    kept = Scrollback(1000)
    kept.add(b"\x1b[?1049h\x1b[?25l")
    for number in range(1000):
        kept.add(b"line %d\n" % number)
    assert kept.preamble() == b"\x1b[?1049h"
    assert kept.on_alternate_screen()
    text = kept.since(kept.start, 10_000)
    assert text.startswith(b"line ") and text.endswith(b"line 999\n")
    assert kept.end - kept.start <= 1250
    kept.add(b"\x1b[?1049l")
    assert not kept.on_alternate_screen()
