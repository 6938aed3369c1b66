"""Endpoints of every kind, and the details of a session that is reached there."""

from __future__ import annotations

from colabwidget.core.details import SshDetails, ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.secrets import Secret
from tests.kit.backend.fake_backend import HOST_KEY, PASSWORD


def details(host: str = "1.tcp.eu.ngrok.io", port: int = 12345, **more: object) -> SshDetails:
    values = {
        "endpoint": Endpoint(host, port),
        "user": "colab",
        "folder": "/home/colab",
        "host_keys": [HOST_KEY],
        "password": Secret(PASSWORD),
        "verified": True,
        **more,
    }
    return ssh_details(**values)  # type: ignore[arg-type]


PLAIN = Endpoint("1.tcp.eu.ngrok.io", 12345)
SIX = Endpoint("2001:db8::1", 2222)
JUMP = Endpoint("localhost", 43210, jump="ada@Relay.example.net:2200")
PROXY = Endpoint("w.trycloudflare.com", 22, proxy="cloudflared access ssh --hostname %h")
QUOTES = Endpoint("inner", 2222, proxy="""carry "two words" 'and $more' %h:%p""")
SCOPED = Endpoint("fe80::1%eth0", 2222)
ENDPOINTS = [PLAIN, SIX, JUMP, PROXY, QUOTES, SCOPED]
