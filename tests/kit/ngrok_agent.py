"""The stand-in ngrok agent, run by hand or by pyngrok, and what its tunnels lead to."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from pyngrok import ngrok
from pyngrok.conf import PyngrokConfig

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"


def write_config(agent: Path, version: str = "3", token: str = TOKEN, **extra: str) -> Path:
    lines = [f"{key}: {value}" for key, value in {"authtoken": token, **extra}.items() if value]
    if version == "3":
        lines = ["agent:", *(f"  {line}" for line in lines)]
    path = agent.with_name("ngrok.yml")
    path.write_text("\n".join([f'version: "{version}"', *lines]))
    return path


class Upstream:
    """A local service: answers each connection with `reply(all bytes up to the end of file)`."""

    def __init__(self, reply: Callable[[bytes], bytes], port: int = 0) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self.port: int = self._server.getsockname()[1]
        self._reply = reply
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(self._reply(read_all(connection)))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while chunk := connection.recv(1 << 20):
        received += chunk
    return bytes(received)


def through(public_url: str, data: bytes = b"") -> bytes:
    host, port = public_url.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)


def connect(config: PyngrokConfig, port: int) -> ngrok.NgrokTunnel:
    # Not "127.0.0.1:PORT": under config version 3 pyngrok puts another "localhost:" before that.
    addr = f"tcp://127.0.0.1:{port}" if config.config_version == "3" else f"127.0.0.1:{port}"
    return ngrok.connect(addr, "tcp", pyngrok_config=config)


class Run:
    """The agent run by hand, its log read line by line."""

    def __init__(self, agent: Path, *args: str, **environment: str) -> None:
        command = [str(agent), "start", "--none", "--log=stdout", *args]
        environment = {"PATH": os.environ["PATH"], "HOME": str(agent.parent), **environment}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, env=environment, stdout=pipe, stderr=pipe, text=True
        )

    def line(self, part: str) -> str:
        """The next log line that has `part` in it."""
        assert self.process.stdout
        for line in self.process.stdout:
            if part in line:
                return line
        raise AssertionError(f"the agent ended without {part!r}")

    def api(self) -> str:
        line = self.line("starting web service")
        return f"http://{line.split('addr=')[1].split()[0]}/api/endpoints"

    def post(self, api: str, upstream: str, name: str = "ssh") -> str:
        body = {"name": name, "url": "tcp://", "upstream": {"url": upstream}}
        request = urllib.request.Request(api, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201
            return str(json.load(answer)["url"])


def split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.removeprefix("tcp://"), int(port)


def refused(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(split(url)) == errno.ECONNREFUSED


def endpoints(api: str) -> list[str]:
    with urllib.request.urlopen(api, timeout=30) as answer:
        return [e["url"] for e in json.load(answer)["endpoints"]]
