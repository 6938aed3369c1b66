"""Links of a computer that is paired. What is imported here is loaded each time that ssh starts."""

from __future__ import annotations

import time
from dataclasses import replace

from colabwidget.through import frames
from colabwidget.through.bridged import server_of
from colabwidget.through.client import Line
from colabwidget.through.faults import Lost
from colabwidget.through.handshake import Hello
from colabwidget.through.profiles import Profile, Profiles
from colabwidget.through.ways.choice import open_link
from colabwidget.through.ways.link import Link

_ANSWER_WITHIN = 10.0  # seconds


def link_of(profiles: Profiles, profile: Profile, token: str, way: str = "") -> Link:
    """Open a link of a profile; the way that has worked is remembered, unless one is insisted on.

    Raises
    ------
    Fault
        With what is wrong.
    """
    server = server_of(profiles, profile, token)
    only = way or (profile.way if profile.insists else "")
    taken, link = open_link(server, profile.machine, only=only, first=profile.way)
    if taken != profile.way and not way:
        profiles.save(replace(profile, way=taken))
    return link


def is_known(link: Link, profile: Profile) -> bool:
    """Tell whether the far end knows this computer, by a question after a session of no one's."""
    hello = Hello(profile.client, bytes(16), is_new=False)
    link.send(frames.encode(frames.HELLO, 0, hello.encode(profile.key)))
    try:
        return answer_of(link) == frames.GONE
    except Lost:
        return False


def answer_of(link: Link) -> int:
    """Return the kind of the first frame that comes on a link.

    Raises
    ------
    Lost
        Where none comes.
    """
    line = Line(link)
    until = time.monotonic() + _ANSWER_WITHIN
    while (left := until - time.monotonic()) > 0:
        line.wait(left)
        if found := line.receive():
            return found[0].kind
    raise Lost("Nothing was answered.")
