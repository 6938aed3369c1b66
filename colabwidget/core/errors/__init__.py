"""Every failure that a user can meet."""

from __future__ import annotations

from colabwidget.core.errors.catalog import ERRORS
from colabwidget.core.errors.error import ColabWidgetError, ErrorInfo, Offer, ngrok_error

__all__ = ["ERRORS", "ColabWidgetError", "ErrorInfo", "Offer", "ngrok_error"]
