"""The ngrok agent's API on 127.0.0.1: https://ngrok.com/docs/agent/api/."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlsplit

from pyngrok import ngrok
from pyngrok.exception import PyngrokNgrokHTTPError

from colabwidget.core.endpoint import Endpoint
from colabwidget.runtime.port_probe import CLOSED, GREETED, probe
from colabwidget.runtime.threads import run_in_thread

TIMEOUT = 15.0  # seconds
_ASK = b"GET /api/endpoints HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"


async def open_endpoint(address: str, local_port: int) -> Endpoint:
    """Open a TCP endpoint.

    Parameters
    ----------
    address
        The API's ``"host:port"``.
    local_port
        Port of 127.0.0.1 that it leads to.

    Raises
    ------
    pyngrok.exception.PyngrokError, OSError
        Where the agent does not answer, or refuses; see `answer_of`.
    TimeoutError
        After `TIMEOUT` and a second.
    """
    wanted = {
        "name": "colabwidget",
        "url": "tcp://",
        "upstream": {"url": f"tcp://127.0.0.1:{local_port}"},
        "inspect": False,
    }
    found: list[str] = []

    def ask() -> None:
        url = f"http://{address}/api/endpoints"
        found.append(ngrok.api_request(url, "POST", data=wanted, timeout=TIMEOUT)["url"])

    await asyncio.wait_for(run_in_thread(ask), TIMEOUT + 1.0)
    public = urlsplit(found[0])
    return Endpoint(public.hostname or "", public.port or 0)


def answer_of(error: BaseException) -> str:
    """Return what the agent has answered, or what went wrong."""
    body = error.body if isinstance(error, PyngrokNgrokHTTPError) else ""
    return f"{error}\n{body}"


async def answers(address: str) -> bool:
    """Tell whether the API answers, or whether nothing listens there any more."""
    host, _, port = address.rpartition(":")
    return await probe(host, int(port), b"HTTP/", say=_ASK) in (GREETED, CLOSED)


def silence_pyngrok() -> None:
    """Keep pyngrok's loggers quiet: they repeat raw answers of the agent, token included."""
    logger = logging.getLogger("pyngrok")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logger.setLevel(logging.CRITICAL)


silence_pyngrok()
