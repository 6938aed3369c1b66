"""SSH and a desktop on the machine behind a notebook.

`ConnectWidget` is the form for a notebook cell, `connect` the same for scripts.
Both load on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colabwidget._version import __version__

if TYPE_CHECKING:
    from colabwidget.api import connect as connect
    from colabwidget.control.operations import Connection as Connection
    from colabwidget.control.operations import disconnect as disconnect
    from colabwidget.control.operations import set_desktop as set_desktop
    from colabwidget.control.operations import status as status
    from colabwidget.core.errors import ColabWidgetError as ColabWidgetError
    from colabwidget.widgets.connect import ConnectWidget as ConnectWidget
    from colabwidget.widgets.desktop import Desktop as Desktop
    from colabwidget.widgets.terminal import Terminal as Terminal

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
    "ConnectWidget": "colabwidget.widgets.connect",
    "ColabWidgetError": "colabwidget.core.errors",
    "Connection": "colabwidget.control.operations",
    "Desktop": "colabwidget.widgets.desktop",
    "Terminal": "colabwidget.widgets.terminal",
    "connect": "colabwidget.api",
    "disconnect": "colabwidget.control.operations",
    "set_desktop": "colabwidget.control.operations",
    "status": "colabwidget.control.operations",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
