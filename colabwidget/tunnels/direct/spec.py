"""What a tunnel by this machine's own address says of itself."""

from __future__ import annotations

from colabwidget.core.errors import ErrorText
from colabwidget.tunnels.spec import TunnelSpec, field

_ERRORS = {
    "direct_address": ErrorText(
        "This machine's address {address} cannot be used.",
        "{reason}",
        "Choose an address of this machine, or another tunnel.",
        usual="It is no address of this machine, or nothing can listen on it.",
    ),
}

SPEC = TunnelSpec(
    "direct",
    "This network",
    "No tunnel: computers in the same network reach this machine's own address.",
    cost="same network or VPN",
    fields=[
        field(
            "address",
            "Address",
            "Where to listen. Left empty, it is the one of this machine.",
        )
    ],
    errors={"The tunnel": _ERRORS},
)
