"""Kinds of machine: Colab, Kaggle, JupyterHub, any Linux; each is a module with a ``HOST``."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from importlib import import_module

from colabwidget.hosts.base import Host, HostKind
from colabwidget.system.machine import architecture, gpu_model
from colabwidget.system.rights import is_root

__all__ = [
    "KINDS",
    "Host",
    "brings_front_end",
    "detect",
    "has_reachable_server",
    "name",
    "remedy",
    "variables",
    "work_folder",
]

#: Names of the modules, in the order in which they are asked. Kaggle and JupyterHub come before
#: Colab: their images can be made from Colab's, and then have its marks. Linux matches everything.
ORDER = ("kaggle", "jupyterhub", "colab", "linux")

#: Kinds of machine by name.
KINDS: dict[str, HostKind] = {
    name: import_module(f"colabwidget.hosts.{name}").HOST for name in ORDER
}


def detect(
    environment: Mapping[str, str] | None = None, modules: Collection[str] | None = None
) -> Host:
    """Return what this machine is, without a program or a request.

    Parameters
    ----------
    environment, modules
        Variables and names of imported modules; this process's own unless given.
    """
    seen = os.environ if environment is None else environment
    imported = sys.modules if modules is None else modules
    kind, host = next(each for each in KINDS.items() if each[1].matches(seen, imported))
    root = is_root()
    return Host(
        kind=kind,
        name=host.name(seen) if root else f"{host.name(seen)}, without root",
        gpu=gpu_model(),
        root=root,
        notice=host.notice,
        notice_link=host.notice_link,
        secrets=host.store or "the environment",
        architecture=architecture(),
        drive=host.drive,
    )


def remedy(code: str, environment: Mapping[str, str]) -> str:
    """Return what to do on this kind of machine after an error; empty where it is as elsewhere.

    Parameters
    ----------
    code
        The error's.
    environment
        The notebook's variables, as far as sessions take them over.
    """
    return _of(environment).remedies.get(code, "")


def has_reachable_server(environment: Mapping[str, str]) -> bool:
    """Tell whether this machine's notebook server can be reached from other computers.

    Parameters
    ----------
    environment
        As for `remedy`.
    """
    return _of(environment).has_reachable_server


def name(environment: Mapping[str, str]) -> str:
    """Return what this machine is, for people; ``environment`` as for `remedy`."""
    return _of(environment).name(environment)


def _of(environment: Mapping[str, str]) -> HostKind:
    return next(each for each in KINDS.values() if each.matches(environment, ()))


def brings_front_end() -> bool:
    """Tell whether this machine's pages fetch the front ends of widgets themselves."""
    return next(
        host.brings_front_end for host in KINDS.values() if host.matches(os.environ, sys.modules)
    )


def variables() -> tuple[str, ...]:
    """Return the variables of all kinds that sessions take over from the notebook."""
    return tuple(name for host in KINDS.values() for name in host.variables)


def work_folder(environment: Mapping[str, str]) -> str:
    """Return the folder that the machine has for the user's work; empty where it has none."""
    names = (host.work_variable for host in KINDS.values() if host.work_variable)
    return next(filter(None, map(environment.get, names)), "")
