"""The start of the backend's process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.plain_environment import PLAIN
from colabwidget.core.settings import SETTINGS

_START_TIMEOUT = 30.0  # seconds

# Variables that the backend has of the client that starts it: they are the same for every client
# of the account. What differs comes with each request: `colabwidget.core.work_environment`.
INHERITED = (
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",  # Python itself may be found by it; no child of the backend has it unasked
    *(setting.name for setting in SETTINGS),
)


def start_backend() -> None:
    """Start the backend, and return once it can be asked; where one runs, do nothing.

    Raises
    ------
    ColabWidgetError
        ``backend_start`` with the reason.
    """
    import subprocess  # most kernels find a backend that runs, and need not load it

    taken = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment = {**PLAIN, **taken}
    own_folder = str(Path(__file__).resolve().parents[2])
    known = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{known}{os.pathsep}{own_folder}" if known else own_folder
    try:
        started = subprocess.run(
            [sys.executable, "-m", "colabwidget.backend"],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_START_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ColabWidgetError("backend_start", reason=f"{error}") from error
    if started.stdout != b"ready\n":
        said = started.stderr.decode(errors="replace").strip().splitlines() or ["It said nothing."]
        raise ColabWidgetError("backend_start", reason=said[-1][:300])
