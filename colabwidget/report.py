"""What a user can paste into a bug report: what failed, where, and the last lines of the log."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from colabwidget import hosts
from colabwidget._version import __version__
from colabwidget.core.errors import ErrorInfo
from colabwidget.core.options import DESKTOP_OPTIONS
from colabwidget.core.printable import without_colours
from colabwidget.core.secrets import masked
from colabwidget.core.snapshot import Snapshot
from colabwidget.system import paths
from colabwidget.system.machine import gpu_model
from colabwidget.system.rights import is_root, root_lacks, user_id

LINES = 60  # of the log, at most
_LINE_MAX = 400  # characters; what is longer is cut
_PACKAGES = ("ipywidgets", "anywidget", "IPython", "ipykernel", "jupyterlab", "pyngrok")
_DPKG_STATUS = Path("/var/lib/dpkg/status")


def report(snapshot: Snapshot, lines: Sequence[str], total: int) -> str:
    """Return the report on a session, free of whatever looks like a secret.

    It never raises: a fact that cannot be had is left out. Its sections are indented by four
    spaces, which Markdown shows as they are.

    Parameters
    ----------
    snapshot
        The newest state; `protocol.Snapshot` as it is by default where there is no backend.
    lines
        The end of the log; of more than `LINES`, the last are taken.
    total
        Number of lines in the log.
    """
    sections: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("Error", lambda: _error(snapshot.error)),
        ("Error of the desktop", lambda: _error(snapshot.desktop.get("error"))),
        ("Session", lambda: _session(snapshot)),
        ("Steps", lambda: _steps(snapshot.steps)),
        ("Versions", _versions),
        ("Machine", _machine),
        (_log_title(lines, total), lambda: _log(lines)),
    )
    parts = [masked(_fact(lambda: _headline(snapshot)) or f"colabwidget {__version__}")]
    for title, section in sections:
        if found := _had(section):
            # Each by itself: a private key that is cut off takes the rest of its section along.
            body = masked("\n".join(map(without_colours, found))).split("\n")
            parts.append(f"{title}:\n\n" + "\n".join(f"    {_cut(line)}" for line in body))
    return "\n\n".join(parts) + "\n"


def _had(section: Callable[[], list[str]]) -> list[str]:
    try:
        return section()
    except Exception:  # whatever it is, the rest of the report is worth having
        return []


def _headline(snapshot: Snapshot) -> str:
    said: str = snapshot.phase
    if snapshot.error:
        said += f": {snapshot.error['title']} ({snapshot.error['code']})"
    elif error := snapshot.desktop.get("error"):
        said += f", without its desktop: {error['title']} ({error['code']})"
    return f"colabwidget {__version__}, {said}"


def _error(error: ErrorInfo | None) -> list[str]:
    if not error:
        return []
    names = ("code", "title", "cause", "remedy", "link")
    return _rows([(name, str(error.get(name) or "")) for name in names])


def _session(snapshot: Snapshot) -> list[str]:
    if not snapshot.options:
        return []
    options = snapshot.options
    asked = [name for name in ("ssh", "desktop") if options.get(name)]
    screen = [str(options.get(name)) for name in DESKTOP_OPTIONS]
    wanted = options.get("desktop") or snapshot.desktop.get("phase") != "idle"
    return _rows(
        [
            ("phase", f"{snapshot.phase}, {snapshot.elapsed:.1f} s after Connect"),
            ("desktop", str(snapshot.desktop.get("phase")) if wanted else "none"),
            ("asked for", ", ".join(asked)),
            ("tunnel", str(options.get("tunnel"))),
            ("region", str(options.get("region") or "automatic")),
            ("account", str(options.get("user"))),
            ("screen", ", ".join(screen) if wanted else ""),
        ]
    )


def _steps(steps: list[dict[str, Any]]) -> list[str]:
    return _rows(
        [
            (
                str(step["title"]),
                f"{step['status']:<9} "
                + (f"{step['seconds']:6.1f} s" if step["seconds"] is not None else " " * 8)
                + (f"  {step['detail']}" if step["detail"] else ""),
            )
            for step in steps
        ]
    )


def _versions() -> list[str]:
    from importlib import metadata  # not cheap, and not needed before a report is

    def installed(package: str) -> str:
        # What has no metadata where this is read has no version, and no error either.
        return _fact(lambda: metadata.version(package) or "")

    return _rows(
        [
            ("colabwidget", __version__),
            ("Python", sys.version.split()[0]),
            *((name, installed(name)) for name in _PACKAGES),
            ("openssh-server", _fact(lambda: _dpkg_version("openssh-server"))),
        ]
    )


def _dpkg_version(package: str) -> str:
    """Return the version of an installed package, told by dpkg's own list of them."""
    text = f"\n{_DPKG_STATUS.read_text(errors='replace')}"
    _, _, entry = text.partition(f"\nPackage: {package}\n")
    found = re.search(r"^Version: (\S+)$", entry.partition("\n\n")[0], re.M)
    return found.group(1) if found else ""


def _machine() -> list[str]:
    return _rows([(name, _fact(fact)) for name, fact in FACTS.items()])


def _fact(fact: Callable[[], str]) -> str:
    return "".join(_had(lambda: [fact()]))


def _notebook() -> str:
    found = hosts.detect()
    return "" if found.kind == "linux" else found.name


def _memory() -> str:
    found = dict(
        line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines() if ":" in line
    )
    whole, free = (int(found[name].split()[0]) >> 10 for name in ("MemTotal", "MemAvailable"))
    return f"{free} of {whole} MB free"


def _disk(path: Path) -> str:
    while not path.exists():
        path = path.parent
    space = shutil.disk_usage(path)
    return f"{space.free >> 20} of {space.total >> 20} MB free"


def _distribution() -> str:
    import platform  # as importlib.metadata above

    return platform.freedesktop_os_release()["PRETTY_NAME"]


FACTS: dict[str, Callable[[], str]] = {
    "notebook": _notebook,
    "distribution": _distribution,
    "kernel": lambda: f"{os.uname().release} {os.uname().machine}",
    "root": lambda: "yes" if is_root() else "no",
    "lacks": lambda: root_lacks() if user_id() == 0 else "",
    "GPU": lambda: gpu_model() or "none",
    "CPUs": lambda: str(len(os.sched_getaffinity(0))),
    "memory": _memory,
    "disk of /": lambda: _disk(Path("/")),
    "disk of the log": lambda: _disk(paths.runtime_directory()),
}


def _log_title(lines: Sequence[str], total: int) -> str:
    shown = min(len(lines), LINES)
    return "Log" if shown >= total else f"Log, its last {shown} of {total} lines"


def _log(lines: Sequence[str]) -> list[str]:
    return [str(line) for line in lines[-LINES:]]


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _ in rows), default=0)
    return [f"{name:<{width}}  {value}".rstrip() for name, value in rows if value]


def _cut(line: str) -> str:
    return line if len(line) <= _LINE_MAX else f"{line[:_LINE_MAX]}…"
