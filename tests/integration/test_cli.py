"""The command line and the programs that it calls, or that read what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from colabwidget.cli import main
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.command_line import failure
from tests.kit.machine.machine import ROOT


def test_a_private_key_file_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    error = failure(capsys, "connect", "--tunnel", "direct", "--public-key", str(key))
    assert error["code"] == "public_key_private"
    assert not [line for line in key.read_text().splitlines() if line in str(error)]


def test_the_log_is_whole_and_a_reader_may_stop_early(
    capsys: pytest.CaptureFixture[str], fake: FakeBackend
) -> None:
    fake.log = [f"line {number} {'x' * 200}" for number in range(3000)]
    assert main(["log"]) == 0
    assert capsys.readouterr().out.splitlines() == fake.log
    done = subprocess.run(
        f"{sys.executable} -m colabwidget log | head -n 1",
        shell=True,
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (fake.log[0] + "\n", "")
