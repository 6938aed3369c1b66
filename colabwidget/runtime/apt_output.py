"""What apt-get and dpkg print: their progress, and what their failures mean."""

from __future__ import annotations

import re

from colabwidget.core.errors import NO_ROOM, ColabWidgetError

LOCK_TIMEOUT = 120  # seconds that apt-get waits for a lock

LOCKED = re.compile(r"^E: Could not get lock ", re.M)
HOLDER = re.compile(r"Could not get lock \S+ It is held by process (\d+) \((.+?)\)")
_NOT_FOUND = re.compile(
    r"E: (?:Unable to locate package|Package '?)(?: ?)([a-z0-9.+-]+)(?:' has no installation)?"
)
STALE = re.compile(
    r"E: Unable to locate package|has no installation candidate|404 +Not Found"
    r"|E: Failed to fetch|E: Unable to fetch some archives|Hash Sum mismatch"
)
_NETWORK = re.compile(
    r"Temporary failure resolving|Could not resolve|Could not connect|Connection (?:failed|refused"
    r"|timed out)|Network is unreachable|Unable to connect"
)
INTERRUPTED = re.compile(r"dpkg was interrupted, you must manually run")
BROKEN = re.compile(r"^E: Unmet dependencies\. Try 'apt --fix-broken install'", re.M)
_FULL = re.compile(rf"{NO_ROOM.pattern}|enough free space")


def parse_status(line: str) -> tuple[str, float, str]:
    """Return kind, progress (0 to 1) and text of a status line; an empty kind for other lines.

    apt's README.progress-reporting describes their form.
    """
    kind, _, rest = line.partition(":")
    # A package's name may hold a colon (its architecture), so the percentage is the first number.
    match = re.match(r"(.+?):(\d+(?:\.\d+)?):(.*)", rest)
    if not match:
        return "", 0.0, ""
    return kind, min(float(match.group(2)) / 100, 1.0), match.group(3).strip()


def error_of(said: str) -> ColabWidgetError:
    """Return the error for the output of a run that has failed.

    It is ``disk_full``, ``apt_locked``, ``apt_network``, ``apt_not_found`` or ``apt_failed``.
    """
    errors = [line for line in said.splitlines() if line.startswith(("E:", "W:", "dpkg: error"))]
    reason = errors[-1][:200] if errors else "nothing"
    if full := _FULL.search(said):
        line = next(text for text in said.splitlines() if full.group(0) in text)
        return ColabWidgetError("disk_full", reason=f"apt-get said: {line.strip()[:200]}")
    if LOCKED.search(said):
        return ColabWidgetError("apt_locked", seconds=LOCK_TIMEOUT)
    if network := _NETWORK.search(said):
        line = next(text for text in said.splitlines() if network.group(0) in text)
        return ColabWidgetError("apt_network", reason=line.strip()[:200])
    if absent := _NOT_FOUND.search(said):
        return ColabWidgetError("apt_not_found", package=absent.group(1))
    return ColabWidgetError("apt_failed", reason=reason)
