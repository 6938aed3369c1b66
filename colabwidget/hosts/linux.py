"""Any other Linux machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from colabwidget.hosts.base import HostKind


class Linux(HostKind):
    """A machine of no other kind."""

    def matches(self, environment: Mapping[str, str], modules: Collection[str]) -> bool:
        """Return true: this kind is the last in the list."""
        return True

    def name(self, environment: Mapping[str, str]) -> str:
        """Return the distribution's name and version."""
        import platform  # slow to import, and needed on this kind only

        try:
            return platform.freedesktop_os_release().get("PRETTY_NAME", "") or "Linux"
        except OSError:
            return "Linux"


HOST = Linux()
