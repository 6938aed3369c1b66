"""What the note says, for each kind of server."""

from __future__ import annotations

import sys
from pathlib import Path

from colabwidget.kernel.undrawn_note import (
    DRAWN,
    LACKING,
    LATE,
    UNKNOWN,
    pause_before_note,
    undrawn_note,
)
from colabwidget.system.notebook_server import NotebookServer

ENV = Path("/opt/my envs")
LACKS = NotebookServer(ENV / "bin/python", ENV, began=100, front_end=None)
NEW = NotebookServer(ENV / "bin/python", ENV, began=100, front_end=200)
OLD = NotebookServer(ENV / "bin/python", ENV, began=100, front_end=50)


def test_a_server_that_lacks_the_front_end_is_told_of_with_its_cure() -> None:
    note = undrawn_note(LACKS, "colabwidget.connect()")
    assert "'/opt/my envs/bin/python' -m pip install anywidget" in note["text/plain"]
    assert "&#x27;/opt/my envs/bin/python&#x27; -m pip" in note["text/html"]
    assert "Reload this page" in note["text/plain"]
    assert pause_before_note(LACKS) == LACKING


def test_a_new_front_end_takes_a_reload_only() -> None:
    note = undrawn_note(NEW, "")["text/plain"]
    assert "reload this page" in note
    assert "pip" not in note
    assert pause_before_note(NEW) == LACKING


def test_a_server_that_has_it_gets_a_slow_line_s_time() -> None:
    assert pause_before_note(OLD) == LATE > UNKNOWN
    assert "lacks" not in undrawn_note(OLD, "")["text/plain"]


def test_a_server_elsewhere_is_told_of_in_general() -> None:
    assert pause_before_note(None) == UNKNOWN
    note = undrawn_note(None, "")["text/plain"]
    assert "python -m pip install anywidget" in note
    assert "an environment of its own" in note


def test_every_note_is_no_claim_says_what_works_now_and_hides_beside_a_card() -> None:
    for server in (None, LACKS, NEW, OLD):
        note = undrawn_note(server, "colabwidget.connect(desktop=True)")
        assert note["text/plain"].startswith("If no card is drawn above")
        assert "colabwidget.connect(desktop=True)" in note["text/plain"]
        assert f"{sys.executable} -m colabwidget connect" in note["text/plain"]
        assert f":has(.{DRAWN})" in note["text/html"]
