"""Out through the tunnel's public endpoint and back in, to see that a client will get in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from colabwidget.backend import process
from colabwidget.backend.entrance import entered
from colabwidget.backend.journal import Journal
from colabwidget.backend.knock import CLOSED, GREETED, REFUSED, SILENT, UNREACHABLE, knock_at_sshd
from colabwidget.details import Endpoint
from colabwidget.errors import ColabWidgetError

_ATTEMPT = 5  # seconds
_PAUSE = 0.3  # seconds
_MET = {
    GREETED: "{} answers, but too slowly.",
    CLOSED: "{} closes every connection.",
    SILENT: "{} takes connections but stays silent.",
    REFUSED: "Nobody listens at {}.",
    UNREACHABLE: "{} does not answer.",
}


async def verify(
    endpoint: Endpoint, entrance: Sequence[str], host_key: str, journal: Journal, limit: float
) -> None:
    """See that the machine's own host key answers at the endpoint.

    Parameters
    ----------
    endpoint
        Where clients will connect to.
    entrance
        How this machine gets there as a client would; see `entered`.
    host_key
        The public host key that must answer.
    journal
        Where it is said how it went.
    limit
        Seconds to go on trying.

    Raises
    ------
    ColabWidgetError
        ``verify_failed`` with what was met, or ``verify_other_key``.
    """
    async with entered(endpoint, entrance) as (host, port):
        await _verify(host, port, endpoint, host_key, journal, limit)


async def _verify(
    host: str, port: int, endpoint: Endpoint, host_key: str, journal: Journal, limit: float
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
        if (reason := await _reason(text, host, port, endpoint)) != said:
            said = reason
            journal.add(f"Not reachable at {endpoint} yet: {said}")
        if loop.time() + _PAUSE > deadline:
            raise ColabWidgetError("verify_failed", reason=said)
        await asyncio.sleep(_PAUSE)


async def _reason(text: str, host: str, port: int, endpoint: Endpoint) -> str:
    said = [line for line in text.splitlines() if line and not line.startswith("# ")]
    if not said:  # ssh-keyscan says nothing of most that it meets
        return _MET[await knock_at_sshd(host, port, seconds=2.0)].format(endpoint)
    if "onnection closed" in said[-1] or "eset by peer" in said[-1]:
        return _MET[CLOSED].format(endpoint)
    if "getaddrinfo" in said[-1] or "not known" in said[-1]:
        return f"The name {host} is not known here."
    return _MET[UNREACHABLE].format(endpoint)
