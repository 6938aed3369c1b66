"""The tunnels to choose from: their specs and their classes.

Those of this package are the folders that `ORDER` names; others come with packages that name a
class in the entry point group `GROUP`, see docs/tunnels.md. The entry points are read only when
all tunnels are asked for, or one that is not of this package: on a machine with many packages
that takes a tenth of a second.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from colabwidget.core.errors import ColabWidgetError, Offer, register
from colabwidget.core.option import Option
from colabwidget.core.options import NO_TUNNEL
from colabwidget.tunnels.spec import TunnelSpec

GROUP = "colabwidget.tunnels"

#: Folders of this package with a ``spec`` and a ``tunnel`` each, in the order of the form.
ORDER = ("ngrok", "cloudflare", "relay", "direct", "through")

BUILT_IN: dict[str, TunnelSpec] = {
    name: import_module(f"{__package__}.{name}.spec").SPEC for name in ORDER
}

#: A session without a tunnel: there is no sign-in to it. It is in no list of tunnels.
NOTEBOOK_ONLY = TunnelSpec(
    NO_TUNNEL, "In this notebook only", "It works entirely inside the notebook; no tunnel needed."
)
#: Where no client gets in, what is shown in the notebook's own page still works.
NOTEBOOK_OFFER: Offer = {
    "title": "Use it in this notebook only",
    "options": {"tunnel": NO_TUNNEL},
}

_found: dict[str, type[Any]] = {}
_broken: dict[str, str] = {}
_looking = threading.Lock()
#: Folders of packages with the times of their last changes, as they were at the last look.
_seen: list[tuple[str, int]] = []
_SETTLED = 10.0  # seconds after which the installation that has changed a folder is over


def known() -> dict[str, TunnelSpec]:
    """Return all specs by name, those of other packages at the end.

    It takes some time on a machine with many packages.
    """
    _look()
    return BUILT_IN | {name: kind.spec for name, kind in _found.items()}


def unusable() -> dict[str, str]:
    """Return why tunnels of other packages cannot be used, by name; `known` has looked at them."""
    return dict(_broken)


def find(name: str) -> TunnelSpec:
    """Return the spec of that name.

    Raises
    ------
    ColabWidgetError
        ``tunnel_unknown``, or ``tunnel_broken`` where its package cannot be loaded.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name == NO_TUNNEL:
        return NOTEBOOK_ONLY
    spec: TunnelSpec = load(name).spec
    return spec


def load(name: str) -> type[Any]:
    """Return the class of a tunnel.

    Raises
    ------
    ColabWidgetError
        ``tunnel_unknown``, or ``tunnel_broken`` where its package cannot be loaded.
    """
    if name in BUILT_IN:
        built_in: type[Any] = import_module(f"{__package__}.{name}.tunnel").TUNNEL
        return built_in
    if name not in _found:
        _look()
    if name in _broken:
        raise ColabWidgetError("tunnel_broken", tunnel=name, reason=_broken[name])
    if name not in _found:
        tunnels = ", ".join([*BUILT_IN, *_found])
        raise ColabWidgetError("tunnel_unknown", tunnel=repr(name[:40]), tunnels=tunnels)
    return _found[name]


def offers(tunnel: str, environment: Mapping[str, str] | None = None) -> list[Offer]:
    """Return the other tunnels that need no account, for a user whom this one refuses.

    Parameters
    ----------
    tunnel
        The name of this one.
    environment
        The notebook's variables, which tell whether other computers reach its server.
    """
    from colabwidget import hosts  # a form is shown without an offer

    server = hosts.has_reachable_server(environment or {})
    return [
        {"title": f"Use {_within(each.title)}", "options": {"tunnel": each.name}}
        for each in BUILT_IN.values()
        if each.name != tunnel and not each.needs_token and (server or not each.pairs)
    ]


def in_order(specs: Iterable[TunnelSpec], environment: Mapping[str, str]) -> list[TunnelSpec]:
    """Return specs in the order of the form.

    What goes through the notebook's own server takes nothing, and stands first where the server's
    address is known.

    Parameters
    ----------
    specs
        All of them.
    environment
        The notebook's variables, which tell what machine and server it is.
    """
    from colabwidget import hosts
    from colabwidget.system.server_address import is_known

    first = hosts.has_reachable_server(environment) and is_known(environment)
    return sorted(specs, key=lambda spec: not (first and spec.pairs))


def _within(title: str) -> str:
    """Return a title as it is written within a sentence: that of a network is no name."""
    return title.replace("This ", "this ", 1)


def option_help(option: Option) -> str:
    """Return what an option is for, with the built-in tunnels that ask for it."""
    names = [
        f"``{name}``"
        for name, spec in BUILT_IN.items()
        if any(each["name"] == option.name for each in spec.fields)
    ]
    if not names:
        return option.help
    return f"For {' and '.join(names)}: {option.help[0].lower()}{option.help[1:]}"


def _look() -> None:
    """Find the tunnels of other packages, as they are installed now.

    Where no folder of packages has changed since the last look, there is nothing new to find.
    """
    import importlib
    from importlib.metadata import entry_points  # slow, and seldom needed

    with _looking:
        folders = _folders()
        if folders == _seen:
            return
        importlib.invalidate_caches()  # a package may have come since this process began
        there = {entry.name: entry for entry in entry_points(group=GROUP)}
        for name in {*_found} - {*there}:
            del _found[name]
        _broken.clear()
        for name, entry in there.items():
            if name in _found:
                continue
            try:
                _found[name] = _checked(name, entry.load())
            except (Exception, SystemExit) as error:  # another package's: anything may happen
                _broken[name] = f"{type(error).__name__}: {error}"[:200].rstrip(".")
        settled = max((changed for _, changed in folders), default=0) / 1e9 + _SETTLED < time.time()
        _seen[:] = folders if settled and not _broken else []


def _folders() -> list[tuple[str, int]]:
    """Return where packages are found, each with the time of its last change in nanoseconds."""
    found = []
    for folder in sys.path:
        try:
            found.append((folder, os.stat(folder or os.curdir).st_mtime_ns))  # noqa: PTH116
        except OSError:
            found.append((folder, 0))
    return found


def _checked(name: str, kind: Any) -> type[Any]:
    """Return the class of a tunnel of another package, if its spec can be used."""
    if name in (*BUILT_IN, NO_TUNNEL):
        raise ValueError(f"{name} is a tunnel of colabwidget's own, which stays")
    spec = kind.spec
    if not isinstance(spec, TunnelSpec):
        raise TypeError("its spec is no TunnelSpec")
    if spec.name != name:
        raise ValueError(f"it calls itself {spec.name}, not {name}")
    _register_errors(spec)
    made: type[Any] = kind
    return made


def _register_errors(spec: TunnelSpec) -> None:
    for heading, texts in spec.errors.items():
        register(heading, texts)


# From the last to the first: the page on troubleshooting then ends with the longest list.
for _spec in reversed(BUILT_IN.values()):
    _register_errors(_spec)
