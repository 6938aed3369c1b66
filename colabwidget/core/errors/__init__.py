"""Every failure that a user can meet."""

from __future__ import annotations

from colabwidget.core.errors.catalog import ERRORS
from colabwidget.core.errors.error import ColabWidgetError, ErrorInfo, Offer, ngrok_error
from colabwidget.core.errors.explain import NO_ROOM, disk_full, explain, no_room

__all__ = [
    "ERRORS",
    "NO_ROOM",
    "ColabWidgetError",
    "ErrorInfo",
    "Offer",
    "disk_full",
    "explain",
    "ngrok_error",
    "no_room",
]
