"""TurboVNC, from its makers: https://turbovnc.org."""

from __future__ import annotations

from pathlib import Path

from colabwidget.desktops.base import FAILURES_MAX, TEXT_MAX, VncServer
from colabwidget.runtime.releases.debs import deb_on_github


def _options() -> list[str]:
    return [
        *("-alwaysshared", "-noreverse"),
        *("-deferupdate", "1", "-maxauthfails", FAILURES_MAX, "-maxclipboard", str(TEXT_MAX)),
        *_system_paths(),
    ]


def _system_paths() -> list[str]:
    """Return where its own start script would look for the system's parts of X."""
    options = []
    drivers = [Path("/usr/lib64/dri"), *Path("/usr/lib").glob("*-linux-gnu/dri")]
    registries = [Path("/usr/lib/xorg"), Path("/usr/lib64/xorg")]
    for option, mark, folders in (
        ("-dridir", "swrast_dri.so", drivers),
        ("-registrydir", "protocol.txt", registries),
    ):
        found = next((folder for folder in folders if (folder / mark).exists()), None)
        options += [option, str(found)] if found else []
    return options


# `scripts/releases.py` prints them; the makers publish none but GitHub's of each file.
_SUMS = {
    "amd64": "3a9eaccd19bf6bb8e02df15734103c0388eec9db23b5e1654842628084ccb4b2",
    "arm64": "",
}

SERVER = VncServer(
    name="turbovnc",
    xvnc="/opt/TurboVNC/bin/Xvnc",
    vncpasswd="/opt/TurboVNC/bin/vncpasswd",
    options=_options,
    port_options=("-localhost", "-securitytypes", "vnc"),
    socket_options=("-rfbunixmode", "0600", "-securitytypes", "none,vnc"),
    version=r"Xvnc.*?\bv?(\d+(?:\.\d+)+)",
    # "  framebuffer updates 12, rectangles 20, bytes 4711", after the time on some lines.
    statistics=r"(framebuffer updates|key events received|rectangles) \d+,"
    r"|raw equivalent|compression ratio|\bStatistics:?\s*$",
    needs_pointer_owner=True,
    releases=deb_on_github("TurboVNC", "TurboVNC/turbovnc", "3.3", _SUMS),
)
