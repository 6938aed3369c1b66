"""An SSH session begins in the notebook's folder, which is lent to the account meanwhile."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from tests.kit.machine.colab_layout import Found, Layout
from tests.kit.machine.kernel_side import Side, kernel_connects
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import kill_with_guard

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes accounts, which takes root")


def mode_of(folder: Path) -> tuple[int, int, str]:
    found = folder.stat()
    return found.st_uid, found.st_gid, oct(stat.S_IMODE(found.st_mode))


def test_the_folder_is_lent_to_the_account_and_given_back(tmp_path: Path) -> None:
    layout, machine = Layout(), Machine.make()
    try:
        before = mode_of(layout.content)
        side = Side(layout, kernel_connects(machine, layout), tmp_path, Found())
        group = pwd.getpwnam(machine.user).pw_gid

        assert side.ssh("mkdir made && touch made/file && pwd").strip() == str(layout.content)
        assert mode_of(layout.content) == (0, group, "0o2775")
        assert mode_of(layout.content / ".config") == (0, 0, "0o755")
        assert mode_of(layout.top) == (0, 0, "0o755")
        assert f"{machine.user} may write there until" in machine.journal()
        # What the notebook makes is the group's as well, and may be moved and removed.
        (layout.content / "of-the-notebook").touch()
        assert (layout.content / "of-the-notebook").stat().st_gid == group
        assert side.ssh("rm -f of-the-notebook; ls").split() == ["made"]
        machine.disconnect()
        assert mode_of(layout.content) == before

        kernel_connects(machine, layout)
        backend = machine.backend_pid()
        assert backend
        kill_with_guard(backend)
        assert mode_of(layout.content) != before
        machine.status()
        machine.connect(tunnel="direct")
        assert mode_of(layout.content) == before
        machine.disconnect()
        left = [*Path("/run").glob(f"colabwidget.{machine.user}.*")]
        assert not [*left, *Path("/etc/profile.d").glob(f"*{machine.user}*")]
    finally:
        machine.close()
        layout.remove()


def test_what_cannot_be_as_in_the_notebook_is_said(tmp_path: Path) -> None:
    """A notebook whose folder and Python are closed to the account."""
    layout, machine = Layout(), Machine.make()
    try:
        for closed in (layout.content, layout.top / "env"):
            closed.chmod(0o700)
        side = Side(layout, kernel_connects(machine, layout), tmp_path, Found())
        log = machine.journal()

        assert side.ssh("pwd").strip() == pwd.getpwnam(machine.user).pw_dir
        assert f"home folder: {machine.user} may not enter {layout.content}." in log
        assert f"cannot run the notebook's Python, {layout.python}:" in log
        assert "sudo" in log
        assert mode_of(layout.content) == (0, 0, "0o700")
        assert side.ssh("sudo -n python -c 'print(4 + 2)'").strip() == "6"
        machine.disconnect()
        layout.content.chmod(0o755)
        shutil.chown(layout.content, group="daemon")
        side = Side(layout, kernel_connects(machine, layout), tmp_path, Found())

        assert side.ssh("pwd").strip() == str(layout.content)
        assert "may not write. It belongs to another group." in machine.journal()
        layout.content.rename(layout.top / "moved")
        assert side.ssh("pwd").strip() == pwd.getpwnam(machine.user).pw_dir
    finally:
        machine.close()
        layout.remove()
