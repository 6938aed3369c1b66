"""When memory runs out: the backend is protected, what its user runs is not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.kit.machine.machine import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("choom"), reason="needs choom of util-linux")

# Every process may raise its score, and lower it again to what it was: with these two, all that
# takes a capability elsewhere can be seen in a real process tree.
TREE = """
import json, subprocess, sys
from pathlib import Path
from colabwidget.runtime import oom

score = Path("/proc/self/oom_score_adj")
given, tried = json.loads(sys.argv[1])
if given is not None:
    score.write_text(str(given))
oom.protect_backend(tried) if tried else oom.protect_backend()
program = ["sh", "-c", "cat /proc/self/oom_score_adj; sh -c 'cat /proc/self/oom_score_adj; true'"]
seen = [
    subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    for command in (program, oom.with_original_score(program))
]
print(json.dumps([int(score.read_text()), *([*map(int, each)] for each in seen)]))
print(len(oom.with_original_score([])))
"""


def tree(given: int | None, tried: list[int] | None) -> tuple[list[object], bool]:
    """The scores of a process that spares itself, of a child, and of one as before."""
    done = subprocess.run(
        [sys.executable, "-c", TREE, json.dumps([given, tried])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    scores, prefix = done.stdout.splitlines()
    return json.loads(scores), prefix != "0"


def test_our_score_is_lowered_and_our_children_get_theirs_back() -> None:
    assert tree(700, [300]) == ([300, [300, 300], [700, 700]], True)


def test_the_lowest_that_is_allowed_is_taken() -> None:
    scores, changed = tree(700, [-2000, 400, 300])
    assert (scores, changed) == ([400, [400, 400], [700, 700]], True)


def test_a_score_that_is_low_enough_is_left_alone() -> None:
    assert tree(300, [300, 400]) == ([300, [300, 300], [300, 300]], False)


def test_where_it_is_not_allowed_nothing_is_changed() -> None:
    assert tree(700, [-2000]) == ([700, [700, 700], [700, 700]], False)


def test_as_the_backend_does_it() -> None:
    scores, changed = tree(0, None)
    lowered = [-500, [-500, -500], [0, 0]]
    if not changed:
        pytest.skip("lowering a score takes CAP_SYS_RESOURCE, which is not to be had here")
    assert scores == lowered
