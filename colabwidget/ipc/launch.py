"""The start of the backend's process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.settings import SETTINGS

_START_TIMEOUT = 30.0  # seconds

# Variables that the backend inherits. The notebook's other variables may be secrets, and the
# backend does not need them.
INHERITED = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "PYTHONPATH",
    "PYNGROK_NGROK_PATH",
    *(setting.name for setting in SETTINGS),
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


def start_backend() -> None:
    """Start the backend, and return once it can be asked; where one runs, do nothing.

    Raises
    ------
    ColabWidgetError
        ``backend_start`` with the reason.
    """
    import subprocess  # most kernels find a backend that runs, and need not load it

    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
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
