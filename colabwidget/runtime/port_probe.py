"""A knock at a port, to see whether somebody there answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

GREETED = "greeted"
CLOSED = "closed"  # the connection was taken and ended: somebody is there
SILENT = "silent"  # taken, and nothing more: the system does that for a process that hangs
REFUSED = "refused"  # the machine is there, and nobody listens
UNREACHABLE = "unreachable"


# Who leaves without a word is called an error in sshd's log.
_INTRODUCTION = b"SSH-2.0-colabwidget\r\n"


async def knock_at_sshd(
    host: str,
    port: int,
    *,
    seconds: float = 5.0,
    from_port: Callable[[int], None] = lambda port: None,
) -> str:
    """Knock at an SSH server; see `knock`."""
    return await knock(host, port, b"SSH-", say=_INTRODUCTION, seconds=seconds, from_port=from_port)


async def knock(
    host: str,
    port: int,
    expected: bytes,
    *,
    say: bytes = b"",
    seconds: float = 5.0,
    from_port: Callable[[int], None] = lambda port: None,
) -> str:
    """Connect, and tell how it went.

    Parameters
    ----------
    host, port
        Where to.
    expected
        How an answer begins.
    say
        What is sent first.
    seconds
        How long it may take.
    from_port
        Gets the port that the connection comes from.

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
