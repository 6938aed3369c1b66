"""Tunnels: what makes a local port reachable from outside, one folder a tunnel.

The names here are those that tunnels of other packages use; docs/tunnels.md tells how. Each is
loaded on first use, because every kernel imports this package for the specs alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colabwidget.core.endpoint import Endpoint as Endpoint
    from colabwidget.core.errors import ColabWidgetError as ColabWidgetError
    from colabwidget.core.errors import ErrorText as ErrorText
    from colabwidget.core.options import Options as Options
    from colabwidget.core.secrets import Secret as Secret
    from colabwidget.tunnels.agent import AgentTunnel as AgentTunnel
    from colabwidget.tunnels.base import Tunnel as Tunnel
    from colabwidget.tunnels.base import TunnelContext as TunnelContext
    from colabwidget.tunnels.program import ProgramTunnel as ProgramTunnel
    from colabwidget.tunnels.spec import Metered as Metered
    from colabwidget.tunnels.spec import TunnelSpec as TunnelSpec
    from colabwidget.tunnels.spec import field as field

_HOMES = {
    "AgentTunnel": "colabwidget.tunnels.agent",
    "ColabWidgetError": "colabwidget.core.errors",
    "Endpoint": "colabwidget.core.endpoint",
    "ErrorText": "colabwidget.core.errors",
    "Metered": "colabwidget.tunnels.spec",
    "Options": "colabwidget.core.options",
    "ProgramTunnel": "colabwidget.tunnels.program",
    "Secret": "colabwidget.core.secrets",
    "Tunnel": "colabwidget.tunnels.base",
    "TunnelContext": "colabwidget.tunnels.base",
    "TunnelSpec": "colabwidget.tunnels.spec",
    "field": "colabwidget.tunnels.spec",
}

__all__ = [
    "AgentTunnel",
    "ColabWidgetError",
    "Endpoint",
    "ErrorText",
    "Metered",
    "Options",
    "ProgramTunnel",
    "Secret",
    "Tunnel",
    "TunnelContext",
    "TunnelSpec",
    "field",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
