"""Desktop environments, one folder each, with an ``ENVIRONMENT`` that describes it."""

from __future__ import annotations

from importlib import import_module

from colabwidget.desktops.base import DesktopEnvironment

#: Names of the folders; a session has the first.
ORDER = ("xfce",)


def find(name: str) -> DesktopEnvironment:
    """Return the environment of that name."""
    environment: DesktopEnvironment = import_module(f"{__name__}.{name}").ENVIRONMENT
    return environment


def default() -> DesktopEnvironment:
    """Return the environment that a session has."""
    return find(ORDER[0])
