"""What a user is told of each failure: what happened, why, and what to do.

Texts may hold ``{fields}`` that the place which raises the error fills in; they must never be
secrets.
"""

from __future__ import annotations

from colabwidget.core.errors.catalog.access import DRIVE, KEYS
from colabwidget.core.errors.catalog.desktop import DESKTOP
from colabwidget.core.errors.catalog.machine import MACHINE
from colabwidget.core.errors.catalog.options import OPTIONS
from colabwidget.core.errors.catalog.session import SESSION
from colabwidget.core.errors.catalog.tunnels import NGROK, RELAY, TUNNEL
from colabwidget.core.errors.text import ErrorText

#: Under headings that people look for.
GROUPS: dict[str, dict[str, ErrorText]] = {
    "What you asked for": OPTIONS,
    "Public keys": KEYS,
    "The session and the backend": SESSION,
    "This machine": MACHINE,
    "Google Drive": DRIVE,
    "The desktop": DESKTOP,
    "The tunnel": TUNNEL,
    "An SSH relay": RELAY,
    "What ngrok says": NGROK,
}
ERRORS: dict[str, ErrorText] = {
    code: text for group in GROUPS.values() for code, text in group.items()
}
