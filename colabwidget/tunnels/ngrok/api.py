"""The ngrok agent's API on 127.0.0.1: https://ngrok.com/docs/agent/api/.

pyngrok would send its requests through the proxy that the environment names.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from colabwidget.core.endpoint import Endpoint

TIMEOUT = 15.0  # seconds
_LOOK_TIMEOUT = 5.0  # seconds
_ANSWER_MAX = 65_536  # bytes
_NAME = "colabwidget"


@dataclass(frozen=True)
class Answer:
    """What the API answers to a request.

    Parameters
    ----------
    status
        HTTP's status; 0 for an answer that is none, as of an agent that is just ending.
    text
        Its body.
    """

    status: int
    text: str

    @property
    def body(self) -> Mapping[str, Any]:
        """The JSON object that it is; empty where it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass
class AgentApi:
    """The API of one agent.

    Parameters
    ----------
    address
        Its ``"host:port"``.
    path
        That of our endpoint, as the agent has told it; empty before there is one.
    """

    address: str
    path: str = ""

    async def open_endpoint(self, local_port: int) -> Answer:
        """Ask for a TCP endpoint that leads to a port of 127.0.0.1; see `endpoint_of`.

        Raises
        ------
        OSError
            Where the agent takes no connection.
        TimeoutError
            After `TIMEOUT`.
        """
        upstream = f"127.0.0.1:{local_port}"
        wanted = {"url": "tcp://", "upstream": {"url": f"tcp://{upstream}"}, "inspect": False}
        answer = await self._ask("POST", "/api/endpoints", wanted)
        if answer.status == 404:  # an agent before 3.30
            answer = await self._ask("POST", "/api/tunnels", {"proto": "tcp", "addr": upstream})
        told = answer.body.get("uri")
        self.path = told if isinstance(told, str) and told.startswith("/api/") else ""
        return answer

    async def endpoint(self) -> Answer | None:
        """Return what the API tells of our endpoint; ``None`` where the agent does not answer."""
        return await self._look(self.path or "/api/status")

    async def status(self) -> Answer | None:
        """Return what the API tells of the agent; ``None`` where that does not answer."""
        return await self._look("/api/status")

    async def _look(self, path: str) -> Answer | None:
        try:
            return await asyncio.wait_for(self._ask("GET", path), _LOOK_TIMEOUT)
        except (OSError, asyncio.TimeoutError):
            return None

    async def _ask(
        self, method: str, path: str, wanted: Mapping[str, object] | None = None
    ) -> Answer:
        host, _, port = self.address.rpartition(":")
        content = json.dumps({"name": _NAME, **wanted}) if wanted else ""
        request = (
            f"{method} {path} HTTP/1.0\r\nHost: {self.address}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}"
        )
        return await asyncio.wait_for(_exchange(host, int(port), request.encode()), TIMEOUT)


def endpoint_of(answer: Answer) -> Endpoint | None:
    """Return the endpoint that an answer tells of; ``None`` for a refusal."""
    address = answer.body.get("url") or answer.body.get("public_url")
    try:
        public = urlsplit(address if isinstance(address, str) else "")
        host, port = public.hostname, public.port
    except ValueError:  # brackets without an address, a port that is no number
        return None
    return Endpoint(host, port) if host and port else None


def connections(answer: Answer) -> int | None:
    """Return how many connections an endpoint has had; ``None`` where its API does not tell."""
    try:
        return int(answer.body["metrics"]["conns"]["count"])
    except (KeyError, TypeError, ValueError):
        return None


async def _exchange(host: str, port: int, request: bytes) -> Answer:
    reader, writer = await asyncio.open_connection(host, port)
    data = bytearray()
    try:
        writer.write(request)
        while len(data) < _ANSWER_MAX and (part := await reader.read(_ANSWER_MAX)):
            data += part
    except ConnectionError:
        pass  # it is busy, or just ending
    finally:
        writer.close()
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    words = head.split(maxsplit=2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return Answer(status, body.decode(errors="replace"))
