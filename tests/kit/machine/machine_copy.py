"""A throw-away copy of this machine, in which anything may be changed.

The copy is an overlay of this machine's files whose changes are in memory, with processes and
terminals of its own; the network is this machine's. All of it is gone with its first process, even
when the test is killed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TypeVar

from tests.kit.backend.loop_watch import LoopWatch
from tests.kit.machine.machine import ROOT

Copy = TypeVar("Copy", bound="MachineCopy")

# Its first process: it makes the copy, moves into it, and stays until its input ends. bash
# takes in the orphans of the copy while it waits.
_FIRST = """
set -eu
read -r pid _ < /proc/self/stat
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/upper /run/work /run/root
"$PYTHON" -IS "$SNAPSHOT" "$LOWER" /run/upper
mount -t overlay -o lowerdir="$LOWER",upperdir=/run/upper,workdir=/run/work overlay /run/root
cd /run/root
mount -t proc proc proc
mount --rbind /dev dev
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount --bind dev/pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
# A session of this machine has been in no copy.
rm -rf var/lib/colabwidget*
for place; do
    mkdir -p ".$place"
    mount --bind -o ro "$place" ".$place"
done
pivot_root . .
umount -l .
cd /
echo "ready $pid"
read -r _ || exit 0
"""

WATCH = "/watch"  # where a copy's backends find what watches them

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PYTHONPATH": f"{WATCH}{os.pathsep}{ROOT}",
    # sudo's package refuses to go where root has no password.
    "SUDO_FORCE_REMOVE": "yes",
    "DEBIAN_FRONTEND": "noninteractive",
}


class CopyImpossible(Exception):
    """This machine does not let us copy it."""


class MachineCopy:
    """A copy of this machine."""

    _pid = 0
    watch: LoopWatch | None = None
    #: Seconds that a program may take.
    patience = 150.0

    def base(self) -> Path:
        """Return what it is a copy of."""
        return Path("/")

    def apart(self) -> list[str]:
        """Return folders of this machine that it would not have else."""
        python = {ROOT, Path(sys.prefix), Path(sys.base_prefix)}
        # What lies on another file system than / is not in an overlay of /.
        return [str(place) for place in python if place.stat().st_dev != Path("/").stat().st_dev]

    def __enter__(self: Copy) -> Copy:
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        self._first = subprocess.Popen(
            [*alone, "bash", "-c", _FIRST, "bash", *self.apart()],
            env={
                **ENVIRONMENT,
                "LOWER": str(self.base()),
                "PYTHON": sys.executable,
                "SNAPSHOT": str(Path(__file__).with_name("snapshot.py")),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            assert self._first.stdout
            said = self._first.stdout.readline().decode().split()
            if said[:1] != ["ready"]:
                raise CopyImpossible(f"this machine cannot be copied: {' '.join(said)}")
            self._pid = int(said[1])
            self._watch()
            self._number_accounts()
            self.prepare()
        except BaseException:
            self._end()
            raise
        return self

    def _watch(self) -> None:
        """Watch that its backends never block in their event loops, whatever account they have."""
        folder = self.path(WATCH)
        folder.mkdir()
        folder.chmod(0o777)
        self.watch = LoopWatch(folder)

    def _number_accounts(self) -> None:
        """Give its new accounts numbers that those of this machine and of other copies lack.

        A backend beside it ends all that an account runs by its number, what has begun meanwhile
        in a copy included.
        """
        file = self.path("/etc/login.defs")
        first = 2_000 + self._pid % 500 * 100
        file.write_text(re.sub(r"(?m)^(UID_MIN\s+)\d+", rf"\g<1>{first}", file.read_text()))

    def __exit__(self, kind: object = None, *_: object) -> None:
        assert self._first.stdin and self._first.stdout
        blocked = self.watch.too_long() if self.watch and not kind else []
        self._end()
        assert not blocked, f"the backend has blocked in its event loop: {blocked}"

    def _end(self) -> None:
        assert self._first.stdin and self._first.stdout
        self._first.stdin.close()
        try:
            self._first.wait(10)
        except subprocess.TimeoutExpired:
            self._first.kill()
            self._first.wait()
        self._first.stdout.close()

    def path(self, inside: str) -> Path:
        """Where a file of the copy is found from outside."""
        return Path(f"/proc/{self._pid}/root{inside}")

    def command(self, *arguments: str) -> list[str]:
        return ["nsenter", f"--target={self._pid}", "--mount", "--pid", "--", *arguments]

    def run(
        self,
        *arguments: str,
        text: str = "",
        environment: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env={**ENVIRONMENT, **(environment or {})},
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout or self.patience,
            start_new_session=True,
        )

    def must(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program in the copy; `inner` finds its process."""
        return subprocess.Popen(
            self.command(*arguments),
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def prepare(self) -> None:
        """Change what is to differ; called once the copy is there."""
