"""Custom widgets, switched on and off."""

from types import SimpleNamespace

_widgets = SimpleNamespace(_installed_url=None)


def enable_custom_widget_manager(version="5.0.0a"):
    """Let the page draw widgets that are not its own."""
    _widgets._installed_url = f"https://ssl.gstatic.com/widgets/{version}/manager.min.js"


def disable_custom_widget_manager():
    """Let it draw its own only."""
    _widgets._installed_url = None
