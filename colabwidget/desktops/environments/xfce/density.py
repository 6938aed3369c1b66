"""XFCE on screens with more pixels to the inch: https://docs.xfce.org/xfce/xfce4-settings."""

from __future__ import annotations

from collections.abc import Sequence

_DPI = 96  # of a usual screen
# Borders of windows are pictures, of which XFCE has three sizes.
_THEMES = ((200, "Default-xhdpi"), (150, "Default-hdpi"), (100, "Default"))


def commands(percent: int) -> Sequence[Sequence[str]]:
    """Return the command lines that have it drawn at that density; 100 puts its defaults back.

    Widgets and icons are drawn a whole number of times as large, and letters by what is left.
    """
    times = percent // 100
    theme = next(name for least, name in _THEMES if percent >= least)
    settings = (
        ("xsettings", "/Gdk/WindowScalingFactor", "int", str(times)),
        ("xsettings", "/Xft/DPI", "int", str(round(_DPI * percent / 100 / times))),
        ("xfwm4", "/general/theme", "string", theme),
    )
    return [
        ["xfconf-query", "--channel", channel, "--property", name, *_change(percent, kind, value)]
        for channel, name, kind, value in settings
    ]


def _change(percent: int, kind: str, value: str) -> Sequence[str]:
    return ["--reset"] if percent == 100 else ["--create", "--type", kind, "--set", value]
