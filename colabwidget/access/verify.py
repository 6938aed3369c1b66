"""Out through the tunnel's public endpoint and back in, to see that a client gets in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from colabwidget.access.loopback import through_tunnel
from colabwidget.access.sign_in import Attempt, SignIn
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import (
    CLOSED,
    GREETED,
    REFUSED,
    SILENT,
    UNREACHABLE,
    probe_sshd,
)

_ATTEMPT = (5.0, 10.0)  # seconds at least and at most
_GREETING = 6.0  # seconds, on a line over which a whole sign-in takes too long
_PAUSE = 0.3  # seconds
_WORDS_WITHIN = 0.2  # seconds from the end of a connection
_WORDS_MAX = 160  # characters
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:[A-Z]{3} )?")  # of a line in a log
_MET = {
    GREETED: "{} answers, but too slowly.",
    CLOSED: "{} closes every connection.",
    SILENT: "{} takes connections but stays silent.",
    REFUSED: "Nothing listens at {}.",
    UNREACHABLE: "{} does not answer.",
}
SLOW = "the way through the tunnel is slow: a sign-in takes more than some seconds"


async def verify(
    endpoint: Endpoint,
    command: Sequence[str],
    sign_in: SignIn,
    journal: Journal,
    limit: float,
    *,
    sparing: bool = False,
) -> str:
    """See that a client gets in at the endpoint, and that this machine's host key answers it.

    Parameters
    ----------
    endpoint
        Where clients will connect to.
    command
        How this machine gets there as a client would; see `through_tunnel`.
    sign_in
        The client, which sshd lets in on this machine.
    journal
        Gets lines with the outcome of each try.
    limit
        Seconds to go on trying.
    sparing
        Whether each try costs something, so that the pauses between them grow.

    Returns
    -------
    str
        Why it was not seen although nothing is wrong: the way is slow. Empty where it was seen.

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
        return await _verify(
            host, port, endpoint, sign_in, journal, limit, words if command else None, sparing
        )


async def _verify(
    host: str,
    port: int,
    endpoint: Endpoint,
    sign_in: SignIn,
    journal: Journal,
    limit: float,
    words: Callable[[], str] | None,
    sparing: bool,
) -> str:
    loop = asyncio.get_running_loop()
    pause = _PAUSE
    deadline = loop.time() + limit
    seconds = max(_ATTEMPT[0], min(limit, _ATTEMPT[1]))
    said = ""
    while True:
        attempt = await sign_in.attempt(host, port, seconds=seconds)
        if attempt.outcome == "in":
            journal.add(f"A client signs in at {endpoint}.")
            return ""
        if attempt.outcome == "other_key":
            raise ColabWidgetError("verify_other_key")
        reason = ""
        if words:
            await asyncio.sleep(_WORDS_WITHIN)
            reason = words()
        if attempt.outcome == "timeout" and await _greets(host, port):
            journal.add(f"Not verified: {SLOW}.")
            return SLOW
        if (reason := reason or await _reason(attempt, host, port, endpoint)) != said:
            said = reason
            journal.add(f"Not reachable at {endpoint} yet: {said}")
        if loop.time() + pause > deadline:
            raise ColabWidgetError("verify_failed", reason=said)
        await asyncio.sleep(pause)
        pause *= 2 if sparing else 1


async def _greets(host: str, port: int) -> bool:
    return await probe_sshd(host, port, seconds=_GREETING) == GREETED


async def _reason(attempt: Attempt, host: str, port: int, endpoint: Endpoint) -> str:
    last = attempt.last_line
    if attempt.outcome in ("refused", "shell"):
        return f"sshd answers at {endpoint}, and refuses the sign-in that works on this machine."
    if "onnection closed" in last or "eset by peer" in last:
        return _MET[CLOSED].format(endpoint)
    if "Could not resolve" in last or "getaddrinfo" in last or "not known" in last:
        return f"The name {host} is not known here."
    return _MET[await probe_sshd(host, port, seconds=2.0)].format(endpoint)
