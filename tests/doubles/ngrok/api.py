"""The agent's web service, by which pyngrok asks for endpoints."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

from .behaviour import behaviour
from .endpoint import Endpoint
from .errors import ENDPOINT_ERRORS, VERSION, Failure, coded

if TYPE_CHECKING:
    from .agent import Agent

# fmt: off
POST_KEYS = {
    "endpoints": {
        "bindings", "description", "inspect", "metadata", "name", "pooling_enabled",
        "traffic_policy", "upstream", "url",
    },
    "tunnels": {"addr", "inspect", "metadata", "name", "proto", "proxy_proto", "remote_addr"},
}
# fmt: on
REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    404: "Not Found",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class ApiError(Exception):
    def __init__(self, status: int, code: int, msg: str, err: str = "") -> None:
        self.status = status
        self.body = {"error_code": code, "status_code": status, "msg": msg, "details": {"err": err}}


class Api:
    """The web service: /api/endpoints (config version 3) and /api/tunnels (version 2)."""

    def __init__(self, agent: Agent, web_addr: str | None) -> None:
        self.agent = agent
        self._listener = self._bound(web_addr)
        agent.log(
            "info",
            "starting web service",
            obj="web",
            addr="{}:{}".format(*self._listener.getsockname()),
            allow_hosts="[]",
        )
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def _bound(web_addr: str | None) -> socket.socket:
        host, _, first = (web_addr or "127.0.0.1:4040").rpartition(":")
        for port in [int(first)] if web_addr else range(4040, 65536):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host.replace("localhost", "127.0.0.1"), port))
                listener.listen(64)
                return listener
            except OSError:
                listener.close()
        raise Failure(f"listen tcp {host}:{first}: bind: address already in use")

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            try:
                method, path, _ = reader.readline().decode("latin-1").split()
                length = 0
                while (header := reader.readline().strip().lower()) != b"":
                    if header.startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                body = reader.read(length)
            except (OSError, ValueError):
                return
            ident = os.urandom(8).hex()
            self.agent.log("info", "start", pg=path, id=ident)
            try:
                status, answer = self._answer(method, path, body)
            except ApiError as error:
                status, answer = error.status, error.body
            self.agent.log("info", "end", pg=path, id=ident, status=status, dur="286.042µs")
            payload = b"" if answer is None else json.dumps(answer).encode() + b"\n"
            head = (
                f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
            )
            try:
                connection.sendall(head.encode() + payload)
            except OSError:
                pass

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any] | None]:
        if path == "/api/status":
            return 200, self._status()
        match = re.fullmatch(r"/api/(endpoints|tunnels)(?:/(.+))?", path)
        if not match or (match[1] == "endpoints" and behaviour().get("old_api")):
            raise ApiError(404, 100, "page not found")
        kind, name = match.groups()
        endpoints = self.agent.endpoints
        if method == "POST" and not name:
            return 201, self._shown(kind, self._started(kind, body))
        if method == "GET" and not name:
            return 200, {
                kind: [self._shown(kind, e, kind == "tunnels") for e in endpoints.values()],
                "uri": f"/api/{kind}",
            }
        if name not in endpoints or behaviour().get("hides_endpoints"):
            raise ApiError(404, 100, f"{kind[:-1]} not found: {name}")
        if method == "DELETE":
            endpoints.pop(name).close()
            return 204, None
        return 200, self._shown(kind, endpoints[name])

    def _started(self, kind: str, body: bytes) -> Endpoint:
        try:
            spec = json.loads(body)
            unknown = set(spec) - POST_KEYS[kind]
            if unknown:
                raise ValueError(f"unknown field {sorted(unknown)[0]}")
            url = spec["upstream"]["url"] if kind == "endpoints" else spec["addr"]
            public = spec.get("url", "") if kind == "endpoints" else spec["proto"]
            if not str(public).startswith("tcp"):
                raise ValueError("the stand-in forwards TCP only")
            host, _, port = re.sub(r"^\w+://", "", str(url)).rpartition(":")
            if ":" in host and not host.startswith("["):
                raise ValueError(f"address {url}: too many colons in address")
            upstream = (host.strip("[]") or "localhost", int(port))
            name = spec["name"]
        except (KeyError, TypeError, ValueError) as error:
            raise ApiError(400, 102, "invalid endpoint configuration", str(error)) from None
        if not self.agent.connected:
            raise ApiError(
                503,
                104,
                "ngrok is not yet ready to start tunnels",
                "a successful ngrok tunnel session has not yet been established",
            )
        refused = behaviour().get("start_error_on_post")
        if refused:
            text = ENDPOINT_ERRORS.get(refused, "The endpoint was refused.")
            raise ApiError(
                502, 103, "failed to start tunnel", coded("failed to start tunnel", text, refused)
            )
        if name in self.agent.endpoints:
            raise ApiError(
                400, 102, "invalid endpoint configuration", f'The name "{name}" is already in use.'
            )
        endpoint = self.agent.endpoints[name] = Endpoint(self.agent, name, upstream)
        self.agent.log(
            "info",
            "started tunnel",
            obj="tunnels",
            name=name,
            addr="//{}:{}".format(*upstream),
            url=endpoint.public_url,
        )
        return endpoint

    def _status(self) -> dict[str, Any]:
        region = behaviour().get("region") or self.agent.region or "eu"
        return {
            "status": "online" if self.agent.connected else "reconnecting",
            "agent_version": behaviour().get("version", VERSION),
            "session": {"legs": [{"region": region, "latency": "12ms"}]},
            "uri": "/api/status",
        }

    @staticmethod
    def _shown(kind: str, endpoint: Endpoint, metrics: bool = True) -> dict[str, Any]:
        """A list of endpoints is without their metrics, one of tunnels has them."""
        shown: dict[str, Any] = {
            "name": endpoint.name,
            "ID": "",
            "uri": f"/api/{kind}/{endpoint.name}",
        }
        if metrics:
            shown["metrics"] = {"conns": {"count": endpoint.connections}, "http": {"count": 0}}
        address = "{}:{}".format(*endpoint.upstream)
        if kind == "tunnels":
            return {
                **shown,
                "public_url": endpoint.public_url,
                "proto": "tcp",
                "config": {"addr": address, "inspect": False},
            }
        return {
            **shown,
            "url": endpoint.public_url,
            "upstream": {"url": address, "protocol": "tcp"},
            "inspect": False,
            "traffic_policy": "",
            "pooling_enabled": False,
        }
