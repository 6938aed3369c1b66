"""Open a terminal, VS Code or a Linux desktop on your notebook's machine.

In a cell of a notebook::

    colabwidget.ConnectWidget()             # the form; colabwidget.ConnectWidget("cloudflare")
    colabwidget.Terminal()                  # a terminal in the cell, without a tunnel
    colabwidget.Desktop()                   # a desktop in the cell, without a tunnel

In a script, and in a notebook that draws no widgets::

    connection = colabwidget.connect()      # asks for the authtoken, prints how to sign in
    colabwidget.status()                    # what is open
    colabwidget.set_desktop(True)           # adds a desktop to what is open
    colabwidget.disconnect()                # closes everything

What goes wrong is a ColabWidgetError, which says what happened, why and what to do.

help(colabwidget.connect) has all options, help(colabwidget.ConnectWidget) those of the form. In a
terminal: python -m colabwidget --help.
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


class _Names(list[str]):
    """The names for ``import *``.

    pydoc documents what is ``in`` them, each with all that its classes inherit: 2,000 lines before
    what a reader looks for. To pydoc there is nothing in them.
    """

    def __contains__(self, name: object) -> bool:
        return False


if not TYPE_CHECKING:
    __all__ = _Names(__all__)

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
    return sorted(__all__)
