"""Probes of a TCP port: whether a server there answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

GREETED = "greeted"
CLOSED = "closed"  # accepted and ended by the server, so a server runs
SILENT = "silent"  # accepted and no byte: the kernel accepts for a process that hangs, too
REFUSED = "refused"  # the machine is up, and no process listens
UNREACHABLE = "unreachable"


# sshd logs a client that disconnects before its banner as an error, so send one.
_BANNER = b"SSH-2.0-colabwidget\r\n"


async def probe_sshd(
    host: str,
    port: int,
    *,
    seconds: float = 5.0,
    from_port: Callable[[int], None] = lambda port: None,
) -> str:
    """Probe an SSH server; see `probe`."""
    return await probe(host, port, b"SSH-", say=_BANNER, seconds=seconds, from_port=from_port)


async def probe(
    host: str,
    port: int,
    expected: bytes,
    *,
    say: bytes = b"",
    seconds: float = 5.0,
    from_port: Callable[[int], None] = lambda port: None,
) -> str:
    """Connect to a TCP port, and return how the server there behaves.

    Parameters
    ----------
    host, port
        Address of the server.
    expected
        First bytes of a correct answer.
    say
        What is sent first.
    seconds
        Time limit in seconds, for connecting and again for the answer.
    from_port
        Gets the local port of the connection.

    Returns
    -------
    str
        `GREETED`, `CLOSED`, `SILENT`, `REFUSED` or `UNREACHABLE`.
    """
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), seconds)
    except ConnectionRefusedError:
        return REFUSED
    except (OSError, asyncio.TimeoutError):
        return UNREACHABLE
    outcome = SILENT
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        try:
            from_port(writer.get_extra_info("sockname")[1])
            writer.write(say)
            answer = await asyncio.wait_for(reader.readexactly(len(expected)), seconds)
            outcome = GREETED if answer == expected else CLOSED
        except (asyncio.IncompleteReadError, ConnectionError):
            outcome = CLOSED
        finally:
            writer.close()
    return outcome
