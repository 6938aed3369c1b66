"""XFCE, small and complete: https://www.xfce.org."""

from __future__ import annotations

from pathlib import Path

from colabwidget.desktops.base import DesktopEnvironment
from colabwidget.desktops.environments.xfce.density import commands
from colabwidget.runtime.apt import Need

ENVIRONMENT = DesktopEnvironment(
    name="xfce",
    title="XFCE",
    # The smallest set that a person would call complete; measured in docs/performance.md.
    needs=(
        Need("xfwm4", "xfwm4"),
        Need("xfce4-panel", "xfce4-panel"),
        Need("xfdesktop", "xfdesktop4"),
        Need("xfce4-session", "xfce4-session"),
        Need("xfsettingsd", "xfce4-settings"),
        Need("xfce4-terminal", "xfce4-terminal"),
        Need("thunar", "thunar"),
        Need("xfce4-appfinder", "xfce4-appfinder"),
        Need("dbus-launch", "dbus-x11"),
        Need("dbus-run-session", "dbus"),
        Need("/usr/share/icons/Adwaita/index.theme", "adwaita-icon-theme"),
        Need("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "fonts-dejavu-core"),
    ),
    command=("dbus-run-session", "--", "xfce4-session"),
    parts=frozenset({"xfwm4", "xfce4-panel", "xfdesktop"}),
    variables={"XDG_CURRENT_DESKTOP": "XFCE", "DESKTOP_SESSION": "xfce"},
    defaults=Path(__file__).parent / "xdg",
    leftovers=(".xfsm-ICE-*", "dbus-*"),
    density=commands,
    own=("xfce4-*", "xfdesktop*", "xfwm4*", "xfrun4", "exo-*", "[Tt]hunar*"),
)
