"""The program that a user leaves running while a page is the bridge."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from colabwidget.through import bridged
from colabwidget.through.address import Address
from colabwidget.through.bridge.local import Bridge
from colabwidget.through.profiles import Profiles


@contextmanager
def standing(address: Address) -> Iterator[Bridge]:
    """Start a bridge to the pages of a server, say its code, and wait for a page."""
    for name in ("SIGHUP", "SIGTERM"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    bridge = Bridge(address.origin)
    try:
        _say(f"Open the notebook at {address.origin} in your browser. On its card, open Details")
        _say("and Use this page as the bridge, and paste this code there:")
        _say(f"\n  {bridge.code}\n")
        _say("It is good on this computer while this program runs. Waiting for the page ...")
        bridge.wait(there=True)
        yield bridge
    finally:
        bridge.close()


def hold(profiles: Profiles, name: str, bridge: Bridge) -> None:
    """Let clients come in under a name until the program is stopped."""
    bridged.keep(profiles, name, bridge.port, bridge.token)
    try:
        while True:
            bridge.wait(there=True)
            _say(f"The page is connected. In another terminal: ssh {name}. Ctrl-C ends it.")
            bridge.wait(there=False)
            _say("The page is gone. Open the notebook again, and paste the code again.")
    finally:
        bridged.drop(profiles, name, bridge.token)


def _say(text: str) -> None:
    print(text, flush=True)
