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
    needs=(
        Need("Xtigervnc", "tigervnc-standalone-server"),
        Need("tigervncpasswd", "tigervnc-tools"),
    ),
)
