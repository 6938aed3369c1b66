"""What sound needs, installed when its user asks for it."""

from __future__ import annotations

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import apt
from colabwidget.runtime.apt_get import Progress
from colabwidget.runtime.journal import Journal
from colabwidget.system.rights import is_root

NEEDS = (
    apt.Need("pulseaudio", "pulseaudio"),
    apt.Need("parec", "pulseaudio-utils"),
    apt.Need("ffmpeg", "ffmpeg"),
)
#: Megabytes on the disk at most, with all that a package needs on a machine that has none of it.
_SIZES = {"pulseaudio": 60, "pulseaudio-utils": 40, "ffmpeg": 450}


async def ensure_installed(may_install: bool, journal: Journal, progress: Progress) -> None:
    """Have the programs that sound needs.

    Parameters
    ----------
    may_install
        Whether the user has agreed to what it costs.
    journal
        Gets apt's lines.
    progress
        Gets what is going on, and how far it is (0 to 1).

    Raises
    ------
    ColabWidgetError
        ``sound_missing`` where that is to be agreed to first, ``no_root_no_sound``, or those of
        apt.
    """
    names = apt.missing(NEEDS)
    if not names:
        return
    packages = ", ".join(names)
    if not is_root():
        raise ColabWidgetError("no_root_no_sound", packages=packages)
    if not may_install:
        size = sum(_SIZES[name] for name in names)
        raise ColabWidgetError("sound_missing", packages=packages, size=size)
    journal.add(f"Installing what sound needs: {packages}.")
    await apt.ensure_installed(names, journal, progress)
