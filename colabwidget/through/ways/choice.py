"""Which way a client takes: the fastest that the server offers, unless one is insisted on."""

from __future__ import annotations

from colabwidget.through.faults import Fault, Passing
from colabwidget.through.jupyter import Missing, Refused, Server
from colabwidget.through.pairing import Machine
from colabwidget.through.ways import extension, kernel, terminal
from colabwidget.through.ways.link import Link, Way

#: In the order in which they are tried.
WAYS: tuple[Way, ...] = (extension.WAY, terminal.WAY, kernel.WAY)
NAMES = tuple(way.name for way in WAYS)

#: What a server is like that does not offer a way.
_LACKS = {
    extension.WAY.name: "colabwidget is not in its environment",
    terminal.WAY.name: "its terminals are switched off",
    kernel.WAY.name: "it has no kernel of Python",
}


def open_link(
    server: Server, machine: Machine, only: str = "", first: str = ""
) -> tuple[str, Link]:
    """Return the name of a way that works, and a link that goes it.

    Parameters
    ----------
    server
        The notebook's server.
    machine
        Where to.
    only
        The way to take; empty for any.
    first
        The way that is tried before the others, without asking for it.

    Raises
    ------
    Fault
        With what is wrong: with the way that came furthest, or with the server.
    """
    trouble: Fault | None = None
    for way in sorted(WAYS, key=lambda way: way.name != first):
        if only not in ("", way.name):
            continue
        if way.name not in (first, only) and not way.probe(server):
            continue
        try:
            return way.name, way.open(server, machine)
        except Refused:
            raise
        except Missing:
            continue  # the server does not offer it
        except Fault as fault:
            trouble = fault
    # A proxy may answer for a server that is started again: a session waits for it.
    raise trouble or Passing(_nothing_offered(server.place, only))


def _nothing_offered(place: str, only: str) -> str:
    if only:
        return f"{place} does not offer the way {only}, which was asked for: {_LACKS[only]}."
    *first, last = _LACKS.values()
    return f"{place} offers no way through it: {', '.join(first)}, and {last}."
