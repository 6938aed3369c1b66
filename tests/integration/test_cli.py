"""The command line and the programs that it calls, or that read what it prints."""

from __future__ import annotations

import os
import shutil
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


def test_without_a_terminal_it_is_said_at_once_how_a_token_is_given(runtime: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "colabwidget", "connect"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # no terminal to ask on
        timeout=60,
    )
    assert done.returncode == 1
    assert "--token-stdin" in done.stderr and "Traceback" not in done.stderr
    assert not (runtime / "backend.sock").exists()


COMPLETED = {
    "bash": """
eval "$({program} completion bash)"
COMP_LINE="colabwidget {typed}" COMP_POINT=${{#COMP_LINE}} COMP_TYPE=9
COMP_WORDS=(colabwidget {typed}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
$(complete -p colabwidget | sed 's/.*-F \\([^ ]*\\).*/\\1/') colabwidget
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "fish": "{program} completion fish | source; complete -C 'colabwidget {typed}'",
}


@pytest.mark.parametrize("shell", COMPLETED)
def test_a_shell_completes_commands_and_options(shell: str, tmp_path: Path) -> None:
    pytest.importorskip("argcomplete")
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"there is no {shell} here")
    named = tmp_path / "colabwidget"
    named.write_text(f'#!/bin/sh\nexec {sys.executable} -m colabwidget "$@"\n')
    named.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for typed, wanted in (("disc", "disconnect"), ("connect --token-s", "--token-stdin")):
        script = COMPLETED[shell].format(program=named, typed=typed)
        done = subprocess.run(
            [program, "-c", script], env=environment, capture_output=True, text=True, timeout=60
        )
        words = [line.split("\t")[0].strip() for line in done.stdout.splitlines()]
        assert wanted in words, done


def test_without_the_package_completion_says_what_it_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "argcomplete.shell_integration", None)
    assert main(["completion", "bash"]) == 1
    assert "pip install argcomplete" in capsys.readouterr().err
