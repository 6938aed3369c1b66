"""Files that a page sends while a session is there: whose they are, and where they may go."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.kit.machine.machine import Machine

# Sends a file, then lists the folder; prints the answers.
SEND = """
import json, sys
from colabwidget.backend.files.frames import Frames
from colabwidget.ipc.streams import OpenFiles
from colabwidget.kernel.streams.connection import open_stream
path = json.loads(sys.argv[1])
frames = Frames(open_stream(OpenFiles("job", {"PATH": "/usr/bin:/bin"}))[0])
answers = [frames.next()]
about = {"path": path, "size": 3, "modified": 1, "on": "replace", "at": 0}
frames.send({"op": "put"})
frames.send({"op": "file", "n": 1, **about})
frames.send_data(b"abc")
answers.append(frames.next())
print(json.dumps(answers))
"""


def send(machine: Machine, *path: str) -> Any:
    done = subprocess.run(
        [machine.python, "-c", SEND, json.dumps(path)],
        env=machine.environment,
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_files_are_the_account_s_and_root_writes_nothing_for_it(machine: Machine) -> None:
    work = Path("/srv", f"{machine.user}-files")
    work.mkdir()
    work.chmod(0o755)
    direct = ("connect", "--tunnel", "direct", "--address", "127.0.0.1", "--user", machine.user)
    subprocess.run(
        machine.command(*direct), env=machine.environment, cwd=work, check=True, capture_output=True
    )
    closed, swapped = work / "closed", work / "swapped"
    try:
        hello, done = send(machine, "sub", "a")
        assert hello == {"type": "hello", "account": machine.user, "folder": str(work)}
        assert done["type"] == "done", done
        for path in (work / "sub", work / "sub" / "a"):
            assert path.owner() == machine.user
        assert (work / "sub" / "a").stat().st_mode & 0o777 == 0o644
        # What only root can write is closed to it, directly and by a link of the account's.
        closed.mkdir(mode=0o755)
        os.chown(closed, 0, 0)
        assert send(machine, "closed", "x")[1]["code"] == "denied"
        swapped.symlink_to("/etc")
        assert send(machine, "swapped", "x")[1]["code"] == "link"
        assert not list(closed.iterdir())
        # After the session, the notebook's own account is asked.
        machine.disconnect()
        assert send(machine, "b")[0]["account"] == "root"
    finally:
        subprocess.run(["rm", "-rf", str(work)], check=True)
