"""The ngrok agent's program: one that is there already, else downloaded by pyngrok.

pyngrok prints how far a download is, and blocks until its end. It therefore runs in a process of
its own (this module as a script), whose output is read here and which can be killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import shutil
import ssl
import sys
from importlib import import_module
from pathlib import Path
from typing import TextIO

from colabwidget.core.errors import ColabWidgetError, disk_full
from colabwidget.runtime import process, work_environment
from colabwidget.runtime.http import certificate_refused, no_way
from colabwidget.tunnels.base import TunnelContext

_SILENCE = 20.0  # seconds without a byte
_LIMIT = 300.0  # seconds for all of it
_SERVER = "bin.ngrok.com"


async def ensure_program(context: TunnelContext) -> str:
    """Return the path of the agent's program, which is downloaded where there is none.

    It is the one that ``PYNGROK_NGROK_PATH`` names, that on the ``PATH``, or that in pyngrok's
    own place.

    Raises
    ------
    ColabWidgetError
        ``agent_path``, ``agent_download_failed``, ``disk_full``.
    """
    if named := work_environment.current().get("PYNGROK_NGROK_PATH"):
        if not Path(named).exists():
            raise ColabWidgetError("agent_path", path=named, reason="There is no such file.")
        if not os.access(named, os.X_OK) or Path(named).is_dir():
            raise ColabWidgetError("agent_path", path=named, reason="It is not a program.")
        return named
    if found := _on_path():
        return found
    from pyngrok.conf import DEFAULT_NGROK_PATH

    program = Path(DEFAULT_NGROK_PATH)
    if not program.exists():
        context.journal.add("Downloading the ngrok agent.")
        context.progress("downloading the ngrok agent", None)
        try:
            await _download(program, context)
        except BaseException:
            program.unlink(missing_ok=True)
            raise
    return str(program)


async def _download(program: Path, context: TunnelContext) -> None:
    failure: list[ColabWidgetError] = []

    def on_line(line: str) -> None:
        """Handle what `main` prints: a percentage, or an error."""
        if line.isdecimal():
            context.progress(f"downloading the ngrok agent, {line} %", int(line) / 100)
        elif line.startswith("{"):
            failure.append(ColabWidgetError.from_info(json.loads(line)))
        else:
            context.journal.add(f"ngrok: {line}")

    command = [sys.executable, "-m", __name__, str(program)]
    environment = {**inherited(), **process.python_libraries()}
    work = process.run(command, None, environment=environment, on_line=on_line, grace=0.0)
    try:
        status = await asyncio.wait_for(work, _LIMIT)
    except asyncio.TimeoutError as error:
        raise not_downloaded(error) from error
    if failure:
        raise failure[0]
    if status != 0:
        reason = f"The process that downloads it ended with status {status}."
        raise ColabWidgetError("agent_download_failed", reason=reason)


def inherited() -> dict[str, str]:
    """Return the variables of the process that downloads: where packages lie, and the network."""
    places = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    if folder := work_environment.current().get("TMPDIR"):
        places["TMPDIR"] = folder
    return {**work_environment.of_network_programs(), **places}


def not_downloaded(error: BaseException) -> ColabWidgetError:
    """Return what a user is told of an agent that could not be downloaded.

    Parameters
    ----------
    error
        That it took too long, or what pyngrok has raised, which has the cause behind it.
    """
    from pyngrok.exception import PyngrokNgrokInstallError

    cause = error.__context__ if isinstance(error, PyngrokNgrokInstallError) else error
    cause = cause or error
    found = getattr(cause, "reason", None)  # urllib's errors have it: there is no way
    if full := disk_full(cause):
        return full
    if isinstance(error, asyncio.TimeoutError) and error is cause:
        reason = "It took more than 5 minutes."
    elif code := getattr(cause, "code", None):
        reason = f"The answer of {_SERVER} was {code} and no file."
    elif isinstance(found, ssl.SSLCertVerificationError):
        reason = certificate_refused(found, _SERVER)
    elif isinstance(found, OSError):
        reason = f"{no_way(found, _SERVER)}."
    else:
        reason = f"{getattr(cause, 'strerror', None) or cause}"[:200].rstrip(".") + "."
    return ColabWidgetError("agent_download_failed", reason=f"{reason[0].upper()}{reason[1:]}")


def _on_path() -> str | None:
    """Return the agent on the ``PATH``, but not pyngrok's own command of the same name.

    pip puts that beside the notebook's Python; it is no agent, but fetches one and calls it.
    """
    for folder in os.get_exec_path(work_environment.current()):
        found = shutil.which("ngrok", path=folder)
        if found and b"from pyngrok" not in Path(found).read_bytes()[:4096]:
            return found
    return None


class _Percentages(io.TextIOBase):
    """Writes the percentages among what pyngrok prints, a line each."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._last = ""

    def write(self, text: str) -> int:
        """Take in ``Downloading ngrok: 42%``."""
        found = re.search(r"(\d+)%", text)
        if found and found.group(1) != self._last:
            self._last = found.group(1)
            print(self._last, file=self._output, flush=True)
        return len(text)


def main(program: str) -> int:
    """Download the agent; print percentages, and at last the error as JSON."""
    from pyngrok import installer
    from pyngrok.exception import PyngrokError

    import_module("colabwidget.tunnels.registry")  # registers the texts of the errors
    try:
        with contextlib.redirect_stdout(_Percentages(sys.stdout)):
            installer.install_ngrok(program, timeout=_SILENCE)
    except (PyngrokError, OSError) as error:
        print(json.dumps(not_downloaded(error).info))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
