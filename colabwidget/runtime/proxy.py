"""Requests that go through the proxy of the session's work environment."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import unquote, urlsplit

from colabwidget.core.work_environment import goes_direct
from colabwidget.runtime import work_environment


class OtherKind(Exception):
    """A proxy of another kind than HTTP holds; the text is its kind."""


def take(request: Any, scheme: str) -> None:
    """Let a request go through the proxy that holds for its host.

    Parameters
    ----------
    request
        A ``urllib.request.Request``.
    scheme
        ``"https"`` or ``"http"``, that of its address.

    Raises
    ------
    OtherKind
        For a proxy that urllib cannot use.
    """
    proxies = work_environment.proxies()
    address = proxies.get(scheme, "")
    if not address or goes_direct(request.host, proxies.get("no", "")):
        return
    # What stands before the host may be a name and a password.
    there = urlsplit(address)
    if there.scheme not in ("http", "https"):
        raise OtherKind(there.scheme)
    if there.username is not None:
        known = f"{unquote(there.username)}:{unquote(there.password or '')}"
        words = b64encode(known.encode()).decode()
        request.add_header("Proxy-Authorization", f"Basic {words}")
    request.set_proxy(there.netloc.rpartition("@")[2], there.scheme)
