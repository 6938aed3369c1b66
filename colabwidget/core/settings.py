"""The environment variables that colabwidget reads, each defined once.

They are for administrators and tests: a session is set up by its options. They come with each
request to connect, but `IDLE_LIMIT`, which the backend has of the process that starts it.
`docs/reference/options.md` is made from `SETTINGS`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Generic, TypeVar

_T = TypeVar("_T", str, float)


class Setting(Generic[_T]):
    """An environment variable with a default.

    Parameters
    ----------
    name
        Name of the variable.
    default
        Its value where the variable is unset or empty; its type is the setting's.
    help
        One sentence for the documentation, with the unit of a number.
    """

    def __init__(self, name: str, default: _T, help: str) -> None:
        self.name = name
        self.default: _T = default
        self.help = help

    def is_set(self, environment: Mapping[str, str] | None = None) -> bool:
        """Tell whether the variable is set, and not empty.

        Parameters
        ----------
        environment
            The variables; this process's own unless given.
        """
        return bool((os.environ if environment is None else environment).get(self.name, "").strip())

    def value(self, environment: Mapping[str, str] | None = None) -> _T:
        """Return the setting's value.

        Parameters
        ----------
        environment
            The variables; this process's own unless given.

        Raises
        ------
        ValueError
            For the text of a number that is none.
        """
        text = (os.environ if environment is None else environment).get(self.name, "")
        return type(self.default)(text) if text.strip() else self.default


DRIVE = Setting(
    "COLABWIDGET_DRIVE", "/content/drive", "The folder in which Google Drive is mounted."
)
IDLE_LIMIT = Setting(
    "COLABWIDGET_IDLE_LIMIT",
    300.0,
    "Seconds without a session and without a client after which the backend ends.",
)
INTERNET = Setting(
    "COLABWIDGET_INTERNET",
    "pypi.org:443 github.com:443",
    "Servers of which one answers where the machine has a way to the internet, each with its port.",
)
KEYS = Setting(
    "COLABWIDGET_KEYS",
    "",
    "HTTPS address of a mirror that has `github.com/NAME.keys` and `gitlab.com/NAME.keys`.",
)
NAME_WAIT = Setting(
    "COLABWIDGET_NAME_WAIT",
    15.0,
    "Seconds to wait at most until the public resolver knows the new name of a Cloudflare tunnel; "
    "0 for no wait.",
)
PATCHES = Setting("COLABWIDGET_PATCHES", "1", "`0` leaves the methods of ipykernel as they are.")
PROBE_EVERY = Setting(
    "COLABWIDGET_PROBE_EVERY",
    60.0,
    "Seconds between two checks of the tunnel from outside; 0 for no checks. Unless it is set, a "
    "tunnel whose provider counts connections is checked on occasion only.",
)
RELEASES = Setting(
    "COLABWIDGET_RELEASES",
    "",
    "HTTPS address of a mirror that stands for `https://github.com` in downloads of releases.",
)

SUMS = Setting(
    "COLABWIDGET_SUMS",
    "",
    "File with SHA-256 sums of releases, a line each: sum and `https://github.com` address. They "
    "take the place of the pinned ones, for a mirror with builds of its own.",
)

VSCODE = Setting(
    "COLABWIDGET_VSCODE",
    "https://update.code.visualstudio.com",
    "HTTPS address that VS Code's server is fetched from in advance.",
)

SETTINGS: tuple[Setting[str] | Setting[float], ...] = (
    DRIVE,
    IDLE_LIMIT,
    INTERNET,
    KEYS,
    NAME_WAIT,
    PATCHES,
    PROBE_EVERY,
    RELEASES,
    SUMS,
    VSCODE,
)
