"""Where the machine's way to the outside goes."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

_ROUTES = Path("/proc/net/route")
_ROUTES_6 = Path("/proc/net/ipv6_route")
_NO_ADDRESS = "0" * 32
# Documentation's addresses (RFC 5737 and 3849): nothing is sent to them.
_OUTSIDE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def network_state() -> tuple[str, ...]:
    """Return the default routes and the addresses that they go out with.

    It is another one once the machine is in another network.
    """
    found = []
    for words in _rows(_ROUTES):
        if words[1:2] == ["00000000"]:
            found.append(" ".join((words[0], words[2])))
    for words in _rows(_ROUTES_6):
        if len(words) > 9 and (words[0], words[1]) == (_NO_ADDRESS, "00") and words[9] != "lo":
            found.append(" ".join((words[9], words[4])))
    for family, address in _OUTSIDE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            found.append(str(probe.getsockname()[0]))
    return tuple(sorted(found))


def _rows(table: Path) -> list[list[str]]:
    try:
        return [line.split() for line in table.read_text().splitlines()]
    except OSError:
        return []
