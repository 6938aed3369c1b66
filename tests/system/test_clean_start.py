"""A backend is no heir of the client that has started it: sessions are as on a fresh machine."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh

# What a kernel hands down that was started under nohup, nice, or by an entry point of a container.
ODD = """
import os, signal, sys
for name in "CHLD HUP PIPE QUIT TSTP TTIN TTOU USR1 XFSZ".split():
    signal.signal(getattr(signal, f"SIG{name}"), signal.SIG_IGN)
os.umask(0o077)
os.nice(5)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def test_sessions_of_an_odd_kernel_are_as_on_a_fresh_machine(
    machine: Machine, tmp_path: Path
) -> None:
    """useradd and usermod wait for children of their own, which an ignored SIGCHLD prevents."""
    machine.inside = (sys.executable, "-c", ODD)
    details = machine.connect(tunnel="direct")
    machine.disconnect()
    details = machine.connect(tunnel="direct")  # usermod opens the account again

    asked = "grep -E 'SigIgn|SigBlk|Umask' /proc/self/status; echo nice $(nice)"
    for options in ((), ("-tt",)):
        said = ssh(details, asked, folder=tmp_path, options=options).stdout.split()
        found = dict(zip(said[::2], said[1::2], strict=True))
        assert int(found["SigIgn:"], 16) & ~(0b11 << 31) == 0  # but for glibc's own, 32 and 33
        assert int(found["SigBlk:"], 16) == 0
        assert found["nice"] == "0"
        assert found["Umask:"] == "0022"
