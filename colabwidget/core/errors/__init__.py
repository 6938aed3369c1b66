"""Every failure that a user can meet."""

from __future__ import annotations

from colabwidget.core.errors.catalog import ERRORS, register
from colabwidget.core.errors.error import ColabWidgetError, ErrorInfo, Offer
from colabwidget.core.errors.explain import NO_ROOM, disk_full, explain, no_room
from colabwidget.core.errors.text import ErrorText

__all__ = [
    "ERRORS",
    "NO_ROOM",
    "ColabWidgetError",
    "ErrorInfo",
    "ErrorText",
    "Offer",
    "disk_full",
    "explain",
    "no_room",
    "register",
]
