"""What the form needs to know of this machine's own address."""

from __future__ import annotations

from colabwidget.tunnels.spec import field, provider

SPEC = provider(
    "direct",
    "this network",
    "No tunnel: this machine's own address, for computers in the same network.",
    fields=[
        field(
            "address",
            "Address",
            "Where to listen. Left empty, it is the one of this machine.",
        )
    ],
)
