"""What the form needs to know of an SSH relay."""

from __future__ import annotations

from colabwidget.tunnels.spec import field, provider

SPEC = provider(
    "relay",
    "SSH relay",
    "Through a server of yours that you reach with ssh. Nothing else is needed.",
    fields=[
        field(
            "server",
            "Server",
            "A server that you sign in to with ssh, or a public relay.",
            "user@host or user@host:port",
            required=True,
            suggestions=[
                {"value": "serveo.net", "title": "Serveo, a public relay"},
                {"value": "tcp@free.pinggy.io:443", "title": "Pinggy, a public relay"},
            ],
        ),
        field(
            "identity",
            "Key file",
            "A private key on this machine. Left empty, one is made for it.",
            "~/.ssh/id_ed25519",
        ),
        field(
            "server_key",
            "Its host key",
            "You are asked when the server is met for the first time.",
            "SHA256:...",
        ),
    ],
)
