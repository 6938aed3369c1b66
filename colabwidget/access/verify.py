"""Out through the tunnel's public endpoint and back in, to see that a client will get in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from colabwidget.access.loopback import through_tunnel
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import (
    CLOSED,
    GREETED,
    REFUSED,
    SILENT,
    UNREACHABLE,
    probe_sshd,
)

_ATTEMPT = 5  # seconds
_PAUSE = 0.3  # seconds
_WORDS_WITHIN = 0.2  # seconds from the end of a connection
_WORDS_MAX = 160  # characters
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:[A-Z]{3} )?")  # of a line in a log
_MET = {
    GREETED: "{} answers, but too slowly.",
    CLOSED: "{} closes every connection.",
    SILENT: "{} takes connections but stays silent.",
    REFUSED: "Nobody listens at {}.",
    UNREACHABLE: "{} does not answer.",
}


async def verify(
    endpoint: Endpoint, command: Sequence[str], host_key: str, journal: Journal, limit: float
) -> None:
    """See that the machine's own host key answers at the endpoint.

    Parameters
    ----------
    endpoint
        Where clients will connect to.
    command
        How this machine gets there as a client would; see `through_tunnel`.
    host_key
        The public host key that must answer.
    journal
        Gets lines with the outcome of each try.
    limit
        Seconds to go on trying.

    Raises
    ------
    ColabWidgetError
        ``verify_failed`` with what was met, or ``verify_other_key``.
    """
    printed: list[str] = []

    def words() -> str:
        """Return the last line that the program on the way has printed since the last call."""
        last = journal.redactor.redact(_STAMP.sub("", printed[-1]))[:_WORDS_MAX] if printed else ""
        printed.clear()
        return f"{Path(command[0]).name} says: {last.rstrip('.')}." if last else ""

    async with through_tunnel(endpoint, command, printed.append) as (host, port):
        await _verify(host, port, endpoint, host_key, journal, limit, words if command else None)


async def _verify(
    host: str,
    port: int,
    endpoint: Endpoint,
    host_key: str,
    journal: Journal,
    limit: float,
    words: Callable[[], str] | None,
) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit
    said = ""
    while True:
        arguments = ["ssh-keyscan", "-T", str(_ATTEMPT), "-t", "ed25519"]
        arguments += ["-p", str(port), host]
        _, text = await process.output(arguments, timeout=_ATTEMPT + 2.0)
        keys = [
            " ".join(line.split()[1:3])
            for line in text.splitlines()
            if line and not line.startswith("#") and " ssh-ed25519 " in line
        ]
        if host_key in keys:
            journal.add(f"The host key answers at {endpoint}.")
            return
        if keys:
            raise ColabWidgetError("verify_other_key")
        reason = ""
        if words:
            await asyncio.sleep(_WORDS_WITHIN)
            reason = words()
        if (reason := reason or await _reason(text, host, port, endpoint)) != said:
            said = reason
            journal.add(f"Not reachable at {endpoint} yet: {said}")
        if loop.time() + _PAUSE > deadline:
            raise ColabWidgetError("verify_failed", reason=said)
        await asyncio.sleep(_PAUSE)


async def _reason(text: str, host: str, port: int, endpoint: Endpoint) -> str:
    said = [line for line in text.splitlines() if line and not line.startswith("# ")]
    if not said:  # ssh-keyscan prints nothing for most failures
        return _MET[await probe_sshd(host, port, seconds=2.0)].format(endpoint)
    if "onnection closed" in said[-1] or "eset by peer" in said[-1]:
        return _MET[CLOSED].format(endpoint)
    if "getaddrinfo" in said[-1] or "not known" in said[-1]:
        return f"The name {host} is not known here."
    return _MET[UNREACHABLE].format(endpoint)
