"""Where a program is that dpkg-divert has moved away."""

from __future__ import annotations

from pathlib import Path

import pytest

from colabwidget.system import diversions


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(diversions, "FILE", tmp_path / "diversions")
    return tmp_path


def test_no_file_tells_of_nothing(folder: Path) -> None:
    assert diversions.moved("/usr/sbin/sshd") is None


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("/usr/sbin/sshd\n{folder}/sshd.distrib\n:\n", True),
        ("/bin/sh\n/bin/sh.distrib\ndash\n/usr/sbin/sshd\n{folder}/sshd.distrib\n:\n", True),
        ("/usr/sbin/sshd\n{folder}/gone\n:\n", False),
        ("/usr/sbin/sshd\n{folder}/data\n:\n", False),
        ("{folder}/sshd.distrib\n/usr/sbin/sshd\n:\n", False),
        ("/usr/sbin/sshd\n{folder}/sshd.distrib", False),
        ("\n\n\n\n", False),
        ("", False),
    ],
)
def test_the_row_of_the_program_counts(folder: Path, rows: str, found: bool) -> None:
    program = folder / "sshd.distrib"
    program.touch(mode=0o755)
    (folder / "data").touch(mode=0o644)
    (folder / "diversions").write_text(rows.format(folder=folder))
    assert diversions.moved("/usr/sbin/sshd") == (str(program) if found else None)
