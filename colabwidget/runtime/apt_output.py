"""What apt-get and dpkg print: their progress, and what their failures mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from colabwidget.core.errors import NO_ROOM, ColabWidgetError
from colabwidget.runtime.apt_sources import Source

LOCK_TIMEOUT = 120  # seconds that apt-get waits for a lock

LOCKED = re.compile(r"^E: Could not get lock ", re.M)
HOLDER = re.compile(r"Could not get lock \S+ It is held by process (\d+) \((.+?)\)")
_NOT_FOUND = re.compile(
    r"E: (?:Unable to locate package|Package '?)(?: ?)([a-z0-9.+-]+)(?:' has no installation)?"
)
#: Lists that are old, or not whole: to refresh them may help.
STALE = re.compile(
    r"E: Unable to locate package|has no installation candidate|404 +Not Found"
    r"|E: Failed to fetch|E: Unable to fetch some archives|Hash Sum mismatch"
    r"|have unmet dependencies|you have held broken packages|lists or status file could not be"
)
_NETWORK = re.compile(
    r"Temporary failure resolving|Could not resolve|Could not connect|Connection (?:failed|refused"
    r"|timed out)|Network is unreachable|Unable to connect|connection timed out"
)
INTERRUPTED = re.compile(r"dpkg was interrupted, you must manually run")
BROKEN = re.compile(r"^E: Unmet dependencies\. Try 'apt --fix-broken install'", re.M)
_FULL = re.compile(rf"{NO_ROOM}|enough free space")
#: What a wrong clock leads to; other causes are possible.
CLOCK = re.compile(
    r"is not valid yet|is expired \(invalid since|invalid signature|not yet (?:valid|activated)"
    r"|certificate has expired|expired certificate|Certificate verification failed"
)
_DAMAGED = re.compile(r"^E: .*?/var/lib/apt/lists/([\w.%+~:@-]+)", re.M)
# The list of sources, a setting or a preference that cannot be read.
_UNREADABLE = re.compile(
    r"^E: (?:Malformed (?:entry|stanza|line) .*|Type .* is not known .*|Syntax error .*"
    r"|Unable to parse package file /etc/apt/.*|Conflicting values set for option .*"
    r"|Opening (?:configuration file )?/etc/apt/.*|Invalid record in the preferences file .*"
    r"|Unable to read /etc/apt/.*|The method driver .* could not be found.*)$",
    re.M,
)
# A source that is there, and whose lists are not taken.
_UNTRUSTED = re.compile(
    r"^E: (?:The repository .* (?:is not signed|does n[\w ]*have a Release file|no longer signed).*"
    r"|GPG error: .*|Failed to fetch \S+/(?:InRelease|Release|Packages)\S* +404 .*)$",
    re.M,
)
_OLD_RELEASES = {
    "debian.org": "archive.debian.org",
    "ubuntu.com": "old-releases.ubuntu.com",
}
_CONFLICT = re.compile(r"Conflicting values set for option \S+ regarding source (\S+)")
_NEEDS = re.compile(r"^ \S+ : (?:Pre)?Depends: .*$", re.M)


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


def relevant(trouble: str, said: str) -> str:
    """Return what tells why packages were not installed.

    Parameters
    ----------
    trouble
        What the last refresh of the lists complained of. It counts where the installation lacked
        lists: one dead source among many is no reason for anything else.
    said
        The end of the installation's output.
    """
    if trouble and (STALE.search(said) or "list of sources" in said):
        return f"{trouble}\n{said}"
    return said


def damaged_lists(said: str) -> list[str]:
    """Return the names of the lists that apt cannot read; they can be had anew."""
    if "lists or status file could not be" not in said:
        return []
    return sorted({match[1] for match in _DAMAGED.finditer(said)})


def error_of(said: str, sources: Sequence[Source] | None = None) -> ColabWidgetError:
    """Return the error for the output of a run that has failed.

    It is ``disk_full``, ``apt_locked``, ``apt_sources``, ``apt_network``, ``apt_not_found`` or
    ``apt_failed``.

    Parameters
    ----------
    said
        The output.
    sources
        Those of the system, where they are known.
    """
    if full := _FULL.search(said):
        return ColabWidgetError("disk_full", reason=f"apt-get said: {_line_with(full, said)}")
    if LOCKED.search(said):
        return ColabWidgetError("apt_locked", seconds=LOCK_TIMEOUT)
    if unreadable := _UNREADABLE.search(said):
        return ColabWidgetError("apt_sources", reason=_placed(unreadable[0], sources or ()))
    if network := _NETWORK.search(said):
        return ColabWidgetError("apt_network", reason=_line_with(network, said))
    if (untrusted := _UNTRUSTED.search(said)) and not _TEMPORARY_FILE.search(said):
        return ColabWidgetError("apt_sources", reason=_distrusted(untrusted[0], said))
    lists_lack = _TEMPORARY_FILE.search(said) or "\nE: Failed to fetch" in f"\n{said}"
    if (absent := _NOT_FOUND.search(said)) and not lists_lack:
        reason = "This system's package sources do not have it."
        if sources is not None and not sources:
            reason = "This system has no package sources."
        return ColabWidgetError("apt_not_found", package=absent.group(1), reason=reason)
    return ColabWidgetError("apt_failed", reason=_first_reason(said))


_TEMPORARY_FILE = re.compile(
    r"Couldn't create temporary file.*|Unable to mkstemp.*|Splitting up .* failed"
)


def _line_with(found: re.Match[str], said: str) -> str:
    return next(line for line in said.splitlines() if found.group(0) in line).strip()[:200]


def _first_reason(said: str) -> str:
    """Return the first error, which the later ones come of."""
    if temporary := _TEMPORARY_FILE.search(said):
        return temporary[0][:200]
    lines = said.splitlines()
    for at, line in enumerate(lines):
        if line.startswith("dpkg: error") and line.endswith(":") and lines[at + 1 :]:
            return f"{line} {lines[at + 1].strip()}"[:200]
        if line.startswith("E: Unable to correct problems") and (needs := _NEEDS.search(said)):
            return f"{line} {needs[0].strip()}"[:200]
        if line.startswith(("E:", "dpkg: error")):
            return line[:200]
    return next((line for line in lines if line.startswith("W:")), "nothing")[:200]


def _placed(line: str, sources: Sequence[Source]) -> str:
    """Return the line about a source that cannot be read, with where that source is written."""
    if not (conflict := _CONFLICT.search(line)):
        return line[:300]
    address = conflict[1].rstrip("/")
    places = [each.place for each in sources if each.address.rstrip("/") == address]
    return f"{line[:300]} It stands in {', '.join(places)}." if places else line[:300]


def _distrusted(line: str, said: str) -> str:
    """Return why the lists of a source are not taken."""
    if "have a Release file" in line:
        for site, archive in _OLD_RELEASES.items():
            if re.search(rf"//[\w.-]*{re.escape(site)}/", line):
                return f"{line[:200]} Releases that are no longer served there are at {archive}."
        return line[:300]
    why = re.search(r"^[EW]: (?:.*)?GPG error: .*$", said, re.M)
    return (why[0] if why else line)[:300]
