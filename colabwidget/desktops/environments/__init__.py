"""Desktop environments, one folder each, with an ``ENVIRONMENT`` that describes it."""

from __future__ import annotations

from importlib import import_module

from colabwidget.desktops.base import DesktopEnvironment

#: Names of the folders. A session has the first; what any of them leaves is removed after a crash.
ORDER = ("xfce",)


def find(name: str) -> DesktopEnvironment:
    """Return the environment of that name."""
    environment: DesktopEnvironment = import_module(f"{__name__}.{name}").ENVIRONMENT
    return environment


def default() -> DesktopEnvironment:
    """Return the environment that a session has."""
    return find(ORDER[0])


def known() -> list[DesktopEnvironment]:
    """Return all environments, the default one first."""
    return [find(name) for name in ORDER]
