"""The script that begins every SSH session, run by the system's sh as sshd has it run."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from colabwidget.access import login_scripts

KEPT = ["xterm", "xterm-256color", "screen", "screen-256color", "tmux", "tmux-256color", "linux"]
KEPT += ["vt100", "vt220", "ansi", "dumb", "rxvt"]
UNKNOWN = ["xterm-ghostty", "ghostty", "contour-latest", "rio-nightly", "XTERM", "xterm ", "x"]
HOSTILE = [
    "../../../etc/passwd",
    "/etc/passwd",
    "x/../xterm",
    "$(touch {folder}/made)",
    "`touch {folder}/made`",
    "x; touch {folder}/made",
    "-h",
    "*",
    "x'\"\\",
    "é",
    "a" * 5000,
    "\t",
]


class Entered:
    """A session's directory, and what a session that begins there finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "a home"
        self.place = folder / "a place"
        for each in (self.home, self.place):
            each.mkdir()
        quoted = {
            name: shlex.quote(str(value))
            for name, value in {"place": self.place, "home": self.home, "bash": "/bin/bash"}.items()
        }
        (self.place / "enter").write_text(login_scripts.ENTER.format(**quoted))
        (self.place / "environment").write_text(
            f"export COLABWIDGET_FOLDER={quoted['home']} PATH=/usr/bin:/bin\n"
        )

    def asked(self, command: str, shell: str = "/bin/sh", **variables: str) -> str:
        environment = {
            "PATH": "/usr/bin:/bin",
            "SHELL": shell,
            "HOME": str(self.home),
            "SHLVL": "1",
            "ZDOTDIR": "/dev/null",
            "SSH_ORIGINAL_COMMAND": command,
            **variables,
        }
        done = subprocess.run(
            ["/bin/sh", str(self.place / "enter")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout


@pytest.fixture
def entered(tmp_path: Path) -> Entered:
    return Entered(tmp_path)


@pytest.mark.parametrize("name", KEPT)
def test_a_terminal_that_the_machine_knows_is_what_it_says(entered: Entered, name: str) -> None:
    known = subprocess.run(["infocmp", name], capture_output=True, check=False).returncode == 0
    expected = name if known else "xterm-256color"
    assert entered.asked('printf %s "$TERM"', TERM=name) == expected


@pytest.mark.parametrize("name", [*UNKNOWN, *HOSTILE])
def test_one_that_it_does_not_know_is_a_usual_one(entered: Entered, name: str) -> None:
    name = name.format(folder=entered.folder)
    assert entered.asked('printf %s "$TERM"', TERM=name) == "xterm-256color"
    assert not (entered.folder / "made").exists()


def test_none_stays_none(entered: Entered) -> None:
    assert entered.asked('printf %s "${TERM-none}"') == "none"
    assert entered.asked('printf %s "${TERM-none}"', TERM="") == ""


def test_what_kept_the_shell_quiet_is_taken_back(entered: Entered) -> None:
    quiet = {"HOME": "/dev/null", "XDG_CONFIG_HOME": f"{entered.place}/fish"}
    asked = 'printf "%s|" "$HOME" "${XDG_CONFIG_HOME-none}" "${ZDOTDIR-none}" "$PWD" "$SHLVL"'
    found = entered.asked(asked, **quiet).split("|")
    assert found[:4] == [str(entered.home), "none", "none", str(entered.home)]
    own = f"{entered.home}/.config"
    assert entered.asked('printf %s "$XDG_CONFIG_HOME"', XDG_CONFIG_HOME=own) == own


@pytest.mark.parametrize(
    "command",
    [
        "scp -t there",
        "rsync --server . there",
        "/usr/lib/openssh/sftp-server",
        "internal-sftp -f AUTH",
    ],
)
@pytest.mark.parametrize("shell", ["fish", "csh", "tcsh"])
def test_a_transfer_needs_no_shell_whose_files_may_print(
    entered: Entered, shell: str, command: str
) -> None:
    """The shell prints, and the programs of the transfer tell what they were called with."""
    programs = entered.folder / "bin"
    programs.mkdir()
    loud = programs / shell
    loud.write_text("#!/bin/sh\necho Welcome\n")
    program = command.split()[0]
    called = programs / Path(program).name
    called.write_text('#!/bin/sh\necho "$0 $*"\n')
    for each in (loud, called):
        each.chmod(0o755)
    (entered.place / "environment").write_text(f"export PATH={programs}:/usr/bin:/bin\n")
    command = command.replace(program, str(called), 1) if "/" in program else command
    said = entered.asked(command, shell=str(loud))
    assert said.split()[1:] == command.split()[1:]
    assert "Welcome" not in said
