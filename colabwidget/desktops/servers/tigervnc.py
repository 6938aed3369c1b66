"""TigerVNC, from the packages of Debian and Ubuntu: https://tigervnc.org."""

from __future__ import annotations

from colabwidget.desktops.base import FAILURES_MAX, VncServer
from colabwidget.runtime.apt import Need


def _options() -> list[str]:
    return [
        *("-localhost=1", "-SecurityTypes=VncAuth", "-AlwaysShared=1"),
        f"-BlacklistThreshold={FAILURES_MAX}",
    ]


SERVER = VncServer(
    name="tigervnc",
    xvnc="Xtigervnc",
    vncpasswd="tigervncpasswd",
    options=_options,
    version=r"TigerVNC.*?\bv?(\d+(?:\.\d+)+)",
    # "EncodeManager:     Solid: 14 rects, 1.2 Mpixels", "Comparer:  0 pixels in / 0 pixels out",
    # "Connections: accepted: 127.0.0.1::40518" for each view in a cell.
    statistics=r"^\s*(EncodeManager|Comparer|Connections):"
    r"|^\s*VNCSConnST:\s+(Server default|Client pixel)|^\s*SConnection:\s+Client (needs|requests)",
    needs=(
        Need("Xtigervnc", "tigervnc-standalone-server"),
        Need("tigervncpasswd", "tigervnc-tools"),
    ),
)
