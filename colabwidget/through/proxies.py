"""The HTTP proxy that stands before a server, as the environment or the system names it."""

from __future__ import annotations

import base64
import os
import sys
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from colabwidget.through.address import Address
from colabwidget.through.faults import Fault

# Systems that keep a proxy elsewhere than in the environment.
_KEEPERS = ("win32", "darwin")


class Proxy(NamedTuple):
    """A proxy that is asked for a connection by ``CONNECT``.

    Parameters
    ----------
    host, port
        Where it is.
    headers
        What it is sent, a password among it.
    """

    host: str
    port: int
    headers: dict[str, str]


def proxy_for(address: Address) -> Proxy | None:
    """Return the proxy for a server; ``None`` for this computer's own, or where there is none.

    Raises
    ------
    Fault
        Where it is of another kind; nothing of it is repeated, as there may be a password in it.
    """
    if address.is_loopback or not _may_be_there():
        return None
    from urllib.request import getproxies, proxy_bypass  # they take long to import

    named = getproxies()
    url = named.get("https" if address.secure else "http") or named.get("all")
    if not url or proxy_bypass(address.place):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host = ""
    if not host or parts.scheme != "http":
        raise Fault("The proxy that the environment names is no http:// proxy.")
    headers = {}
    if parts.username is not None:
        both = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(both.encode()).decode()}"
    return Proxy(host, port, headers)


def _may_be_there() -> bool:
    return sys.platform in _KEEPERS or any(name.lower().endswith("_proxy") for name in os.environ)
