"""What a cell of a notebook does on a machine; run there by the notebook's Python, as a script."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts.environment import terminal_environment
from colabwidget.ipc import client
from colabwidget.ipc.streams import OpenDesktop, OpenShell
from colabwidget.kernel.streams.connection import open_stream
from colabwidget.system import paths


def terminal() -> dict[str, Any]:
    """Type a command into the terminal in the cell, and return what it shows to its end."""
    stream, _ = open_stream(OpenShell("main", terminal_environment()))
    stream.settimeout(30)
    stream.sendall(b"echo it-$((20 + 3)) $(id -u) in $(pwd) with $SHELL at $HOME.; exit\n")
    shown = b""
    while data := stream.recv(65_536):
        shown += data
    return {"shown": shown.decode(errors="replace")}


def terminal_at_home() -> dict[str, Any]:
    """Do what `terminal` does, in a notebook whose folder was removed meanwhile."""
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path(folder).rmdir()
    return terminal()


def desktop() -> dict[str, Any]:
    """Open a desktop in the notebook only, look at it as the cell does, and end it."""
    from colabwidget.control.operations import disconnect, open_notebook_desktop
    from colabwidget.core.options import Options

    open_notebook_desktop(Options(tunnel="none", desktop=True), None)
    stream, _ = open_stream(OpenDesktop())
    stream.settimeout(30)
    greeting = stream.recv(12).decode()
    stream.close()
    disconnect()
    return {"greeting": greeting}


def left() -> dict[str, Any]:
    """Return the files of an ended session, end the backend, and return what it leaves."""
    directory = paths.runtime_directory()
    session = sorted(path.name for path in (directory / "session").glob("*"))
    if found := client.find():
        found.stop()
    while paths.is_served(directory):
        time.sleep(0.02)
    # The folder's name stays with the lock, by which the next backend is the only one.
    after = sorted(path.name for path in directory.iterdir() if path.name != "state")
    return {"directory": str(directory), "session": session, "after": after}


if __name__ == "__main__":
    try:
        done = (terminal, terminal_at_home, desktop, left)
        print(json.dumps({each.__name__: each for each in done}[sys.argv[1]]()))
    except ColabWidgetError as error:
        print(json.dumps({"error": error.info}))
