"""How soon messages follow each other."""

from __future__ import annotations

import pytest

from colabwidget.kernel.streams.pacing import MessagePacer, Unpaced
from tests.kit.clock import Clock


@pytest.mark.parametrize(("size", "pause"), [(1, 0.004), (40_000, 0.004), (256_000, 0.008)])
def test_large_messages_are_further_apart(size: int, pause: float) -> None:
    clock = Clock()
    pacer = MessagePacer(clock)
    assert pacer.pause == 0, "the first may be sent at once"
    pacer.on_sent(size)
    assert pacer.pause == pytest.approx(pause)
    clock.advance(pause / 2)
    assert pacer.pause == pytest.approx(pause / 2)
    clock.advance(pause)
    assert pacer.pause == 0


def test_a_shell_s_bytes_pass_as_they_are() -> None:
    pacer = Unpaced()
    assert pacer.filter_input(b"ls\n") == b"ls\n"
    pacer.on_output(10)
    pacer.on_acknowledged(10, 0.1)
    assert pacer.next_request(10, True) == (b"", None)
