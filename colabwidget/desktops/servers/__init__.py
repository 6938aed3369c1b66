"""VNC servers, one file each: the name of a file is the server's name, its ``SERVER`` the rest.

`colabwidget.core.options.VNC_SERVERS` lists the names, the better server first.
"""

from __future__ import annotations

from importlib import import_module

from colabwidget.core.options import ANY_VNC_SERVER, VNC_SERVERS
from colabwidget.desktops.base import VncServer


def find(name: str) -> VncServer:
    """Return the server of that name."""
    server: VncServer = import_module(f"{__name__}.{name}").SERVER
    return server


def candidates(vnc: str) -> list[VncServer]:
    """Return the servers that an option allows, the better one first.

    Parameters
    ----------
    vnc
        As in the options: a server's name, or ``"auto"`` for all of them.
    """
    names = [name for name in VNC_SERVERS if name != ANY_VNC_SERVER]
    return [find(name) for name in names if vnc in (name, ANY_VNC_SERVER)]
