"""``python -m colabwidget.backend``: start the backend of this machine and user.

The program says ``ready`` once the backend can be asked, or its reason on stderr. The backend
itself then has no parent but init: a kernel that ends its children does not end it.
"""

from __future__ import annotations

import os
import shutil
import sys

from colabwidget.system import accounts
from colabwidget.system.clean_start import start_clean


def main() -> int:
    """Fork; wait in the parent until the child serves or has ended."""
    start_clean()
    _get_a_name()
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        os.setsid()
        _serve(writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    if said == b"ready\n":
        # An exit status does not reach a kernel that ignores SIGCHLD.
        sys.stdout.write("ready\n")
        return 0
    sys.stderr.write(said.decode(errors="replace"))
    return 1


def _get_a_name() -> None:
    """Begin again in a user namespace where this process's account has a name, if it has none.

    What the backend starts then finds it. Where the machine allows no namespaces, return.
    """
    if accounts.is_named():
        return
    import subprocess
    import tempfile
    from pathlib import Path

    from colabwidget.system import user_namespace

    try:
        folder = Path(tempfile.mkdtemp(prefix="colabwidget-"))
        command = [*user_namespace.words(folder, keep=False), "true"]
        allowed = subprocess.run(command, capture_output=True, check=False).returncode == 0
        if allowed:
            words = user_namespace.words(folder, keep=False)
            os.execvp(words[0], [*words, sys.executable, "-m", "colabwidget.backend"])
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _serve(writer: int) -> None:
    """Be the backend, then end the process."""
    status = 1
    try:
        from colabwidget.backend.lifecycle import run

        run(lambda: _ready(writer))
        status = 0
    except BaseException as error:
        import traceback

        from colabwidget.core.errors import ColabWidgetError

        known = isinstance(error, ColabWidgetError)
        text = str(error) if known else traceback.format_exc().strip().splitlines()[-1]
        try:
            os.write(writer, f"{text}\n".encode())
        except OSError:
            pass  # a backend was running already, and the parent has gone
    finally:
        os._exit(status)


def _ready(writer: int) -> None:
    os.write(writer, b"ready\n")
    os.close(writer)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
