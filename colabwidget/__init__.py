"""SSH and a desktop on the machine behind a notebook.

`ConnectWidget` is the form for a notebook cell, `connect` the same for scripts.
Both load on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colabwidget._version import __version__

if TYPE_CHECKING:
    from colabwidget.api import Connection as Connection
    from colabwidget.api import connect as connect
    from colabwidget.api import disconnect as disconnect
    from colabwidget.api import set_desktop as set_desktop
    from colabwidget.api import status as status
    from colabwidget.core.errors import ColabWidgetError as ColabWidgetError
    from colabwidget.desktop_view import Desktop as Desktop
    from colabwidget.terminal_view import Terminal as Terminal
    from colabwidget.widget import ConnectWidget as ConnectWidget

__all__ = [
    "ColabWidgetError",
    "ConnectWidget",
    "Connection",
    "Desktop",
    "Terminal",
    "__version__",
    "connect",
    "disconnect",
    "set_desktop",
    "status",
]

_HOMES = {
    "ConnectWidget": "colabwidget.widget",
    "ColabWidgetError": "colabwidget.core.errors",
    "Connection": "colabwidget.api",
    "Desktop": "colabwidget.desktop_view",
    "Terminal": "colabwidget.terminal_view",
    "connect": "colabwidget.api",
    "disconnect": "colabwidget.api",
    "set_desktop": "colabwidget.api",
    "status": "colabwidget.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
