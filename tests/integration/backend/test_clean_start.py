"""A backend takes over nothing from the kernel that has started it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colabwidget.system import clean_start
from tests.kit.backend.wire import Line, Spawned, wait_until_unlocked
from tests.kit.machine.machine import ROOT
from tests.kit.machine.processes import open_files

# What a kernel may have become, by an entry point, a batch system or a cell.
ODD_KERNEL = """
import os, resource, signal, subprocess, sys, tempfile
from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client
gone = tempfile.mkdtemp()
os.chdir(gone)
os.rmdir(gone)
os.umask(0o777)
os.nice(7)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
resource.setrlimit(resource.RLIMIT_CPU, (3000, resource.getrlimit(resource.RLIMIT_CPU)[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
os.set_inheritable(os.open("/dev/zero", os.O_RDONLY), True)
for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
try:
    client.ensure()
except ColabWidgetError as error:
    sys.exit(error.why)
"""


def odd_kernel_starts_a_backend() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ODD_KERNEL],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def ignored(pid: int) -> set[int]:
    """Return which signals it ignores, but for those of glibc's own (32 and 33)."""
    bits = int(status(pid)["SigIgn"], 16)
    return {number for number in {*range(1, 65)} - {32, 33} if bits & 1 << (number - 1)}


def test_a_backend_of_an_odd_kernel_starts_clean(runtime: Path) -> None:
    started = odd_kernel_starts_a_backend()
    assert started.returncode == 0, started.stderr
    with Line() as line:
        pid = line.peer()
    try:
        found = status(pid)
        assert ignored(pid) == {signal.SIGPIPE, signal.SIGXFSZ}  # Python's own
        assert int(found["SigBlk"], 16) == 0
        assert found["Umask"] == "0022"
        assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
        opened = open_files(pid)
        assert str(runtime / "lock") in opened
        assert "/dev/zero" not in opened
        assert os.getsid(pid) == os.getpgid(pid) == pid
        least, hard = 4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        soft = resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]
        assert soft == (least if hard == resource.RLIM_INFINITY else min(least, hard))
        for kind in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
            assert resource.prlimit(pid, kind)[0] == resource.getrlimit(kind)[1]
        if os.geteuid() == 0:  # else only a lower priority is allowed
            assert os.getpriority(os.PRIO_PROCESS, pid) == 0
    finally:
        Spawned().end()


def test_a_kernel_that_ignores_its_children_s_end_learns_why_none_started(runtime: Path) -> None:
    runtime.parent.joinpath("colabwidget").mkdir(mode=0o700)
    (runtime / "journal.log").mkdir()

    started = odd_kernel_starts_a_backend()

    assert started.returncode == 1
    assert "journal.log" in started.stderr
    wait_until_unlocked()


@pytest.mark.parametrize(
    ("least", "soft", "raised"), [(300, 100, 200), (150, 100, 150), (50, 100, 100), (-1, 100, 200)]
)
def test_limits_are_raised_as_far_as_is_allowed(
    monkeypatch: pytest.MonkeyPatch, least: int, soft: int, raised: int
) -> None:
    script = (
        "import resource, signal; from colabwidget.system import clean_start\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, 200))\n"
        f"clean_start.LEAST_LIMITS = {{resource.RLIMIT_NOFILE: {least}}}\n"
        "clean_start.start_clean()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    said = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert said == f"({raised}, 200)\n"
    assert clean_start.LEAST_LIMITS[resource.RLIMIT_NOFILE] == 4096
