"""TigerVNC, from the packages of Debian and Ubuntu: https://tigervnc.org."""

from __future__ import annotations

from colabwidget.desktops.base import FAILURES_MAX, TEXT_MAX, VncServer
from colabwidget.runtime.apt import Need

# A change waits for half a turn before it is sent: a key's pixels come 9.1 ms after it with the
# default of 60, 5.3 with this, 3.2 with 250. A film costs the same with each; but a viewer whose
# server need not be asked gets so many pictures a second of what paints without a pause.
_FRAME_RATE = 120


def _options() -> list[str]:
    return [
        "-AlwaysShared=1",
        f"-BlacklistThreshold={FAILURES_MAX}",
        f"-MaxCutText={TEXT_MAX}",
        f"-FrameRate={_FRAME_RATE}",
    ]


SERVER = VncServer(
    name="tigervnc",
    xvnc="Xtigervnc",
    vncpasswd="tigervncpasswd",
    options=_options,
    port_options=("-localhost=1", "-SecurityTypes=VncAuth"),
    # Newer ones open a port beside the socket, unless they are told not to.
    socket_options=("-rfbunixmode=0600", "-rfbport=-1", "-SecurityTypes=None,VncAuth"),
    version=r"TigerVNC.*?\bv?(\d+(?:\.\d+)+)",
    # "EncodeManager:     Solid: 14 rects, 1.2 Mpixels", "Comparer:  0 pixels in / 0 pixels out",
    # "Connections: accepted: 127.0.0.1::40518" for each view in a cell, and a line with the time
    # before each of them, which the log has anyway.
    statistics=r"^\s*(EncodeManager|Comparer|ComparingUpdateTracker|Connections):"
    r"|^\s*VNCSConnST:\s+(Server default|Client pixel|closing \S+: Clean disconnection)"
    r"|^\s*SConnection:\s+Client (needs|requests)"
    r"|^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$",
    needs=(
        Need("Xtigervnc", "tigervnc-standalone-server"),
        Need("tigervncpasswd", "tigervnc-tools"),
    ),
)
