"""The tunnels to choose from: what each is and what it asks of the user.

Those of this package are listed here; others come with packages that name a class in the entry
point group `GROUP`, see docs/tunnels.md. They are looked for only when somebody wants to know of
all of them, or names one that is not of this package: on a machine with many packages that takes
a tenth of a second.
"""

from __future__ import annotations

import re
import threading
from typing import Any, TypedDict

from colabwidget.core.errors import ColabWidgetError, Offer

GROUP = "colabwidget.tunnels"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class Choice(TypedDict):
    """A value that an option can have."""

    value: str
    title: str


class Field(TypedDict):
    """An option that a provider asks for.

    ``name`` is that of the option: ``"server"``, ``"server_key"``, ``"identity"`` or
    ``"address"``. ``suggestions`` are values that many people use.
    """

    name: str
    label: str
    hint: str
    placeholder: str
    required: bool
    suggestions: list[Choice]


class Client(TypedDict):
    """A program that whoever connects needs beside ssh; ``ways`` are how to get it, by system."""

    name: str
    ways: list[Choice]
    link: str


class Provider(TypedDict):
    """What a form needs to know of a tunnel provider.

    ``token_secret`` is the name under which people keep its token in a store of secrets.
    """

    name: str
    title: str
    hint: str
    needs_token: bool
    token_url: str
    token_secret: str
    regions: list[Choice]
    fields: list[Field]
    client: Client | None


# ngrok's points of presence: https://ngrok.com/docs/network-edge/points-of-presence
_NGROK_REGIONS = {
    "": "Automatic (nearest)",
    "us": "United States",
    "us-cal-1": "United States (California)",
    "eu": "Europe",
    "ap": "Asia/Pacific",
    "au": "Australia",
    "sa": "South America",
    "jp": "Japan",
    "in": "India",
}

_CLOUDFLARED = (
    "curl -fsSL https://github.com/cloudflare/cloudflared/releases/latest/download/"
    "cloudflared-linux-{} -o cloudflared && sudo install cloudflared /usr/local/bin/"
)


def provider(name: str, title: str, hint: str, **more: Any) -> Provider:
    """Return a provider; what is not given is what a tunnel without a wish has.

    Parameters
    ----------
    name
        Lower-case letters, digits, ``-`` and ``_``.
    title, hint
        What people read: its name, and one or two sentences on when to use it.
    **more
        The other entries of `Provider`.

    Raises
    ------
    ValueError
        For a name that cannot be one, and for an entry that there is not.
    """
    made: Provider = {
        "name": name,
        "title": title,
        "hint": hint,
        "needs_token": False,
        "token_url": "",
        "token_secret": "",
        "regions": [],
        "fields": [],
        "client": None,
    }
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a tunnel")
    if unknown := {*more} - {*made}:
        raise ValueError(f"A provider has no {', '.join(sorted(unknown))}")
    return {**made, **more}  # type: ignore[typeddict-item]


def field(
    name: str,
    label: str,
    hint: str = "",
    placeholder: str = "",
    required: bool = False,
    suggestions: list[Choice] | None = None,
) -> Field:
    """Return a field of a provider; see `Field`."""
    return {
        "name": name,
        "label": label,
        "hint": hint,
        "placeholder": placeholder,
        "required": required,
        "suggestions": suggestions or [],
    }


BUILT_IN: dict[str, Provider] = {
    each["name"]: each
    for each in (
        provider(
            "ngrok",
            "ngrok",
            "Reachable from anywhere. Needs a free ngrok account.",
            needs_token=True,
            token_url="https://dashboard.ngrok.com/get-started/your-authtoken",
            token_secret="NGROK_AUTHTOKEN",
            regions=[{"value": v, "title": t} for v, t in _NGROK_REGIONS.items()],
        ),
        provider(
            "cloudflare",
            "Cloudflare",
            "Reachable from anywhere, without an account. Your computer needs cloudflared.",
            client={
                "name": "cloudflared",
                "ways": [
                    {"value": "brew install cloudflared", "title": "macOS"},
                    {"value": "winget install --id Cloudflare.cloudflared", "title": "Windows"},
                    {"value": _CLOUDFLARED.format("amd64"), "title": "Linux"},
                    {"value": _CLOUDFLARED.format("arm64"), "title": "Linux on ARM"},
                ],
                # Where its deb and rpm packages are, too.
                "link": "https://developers.cloudflare.com/cloudflare-one/connections/"
                "connect-networks/downloads/",
            },
        ),
        provider(
            "relay",
            "SSH relay",
            "Through a server of yours that you reach with ssh. Nothing else is needed.",
            fields=[
                field(
                    "server",
                    "Server",
                    "A server that you sign in to with ssh, or a public relay.",
                    "user@host or user@host:port",
                    required=True,
                    suggestions=[
                        {"value": "serveo.net", "title": "Serveo, a public relay"},
                        {"value": "tcp@free.pinggy.io:443", "title": "Pinggy, a public relay"},
                    ],
                ),
                field(
                    "identity",
                    "Key file",
                    "A private key on this machine. Left empty, one is made for it.",
                    "~/.ssh/id_ed25519",
                ),
                field(
                    "server_key",
                    "Its host key",
                    "You are asked when the server is met for the first time.",
                    "SHA256:...",
                ),
            ],
        ),
        provider(
            "direct",
            "this network",
            "No tunnel: this machine's own address, for computers in the same network.",
            fields=[
                field(
                    "address",
                    "Address",
                    "Where to listen. Left empty, it is the one of this machine.",
                )
            ],
        ),
    )
}

#: A session without a tunnel, which nobody can sign in to; it is in no list of tunnels.
HERE = "none"
NO_TUNNEL = provider(HERE, "In this notebook only", "Nothing is opened to the outside.")

#: Names of options that a field can be for.
_FIELDS = ("server", "server_key", "identity", "address")

_found: dict[str, type[Any]] = {}
_broken: dict[str, str] = {}
_looking = threading.Lock()


def known() -> dict[str, Provider]:
    """Return all providers by name, those of other packages at the end.

    It takes some time on a machine with many packages.
    """
    _look()
    return BUILT_IN | {name: kind.provider for name, kind in _found.items()}


def unusable() -> dict[str, str]:
    """Return why tunnels of other packages cannot be used, by name; `known` has looked at them."""
    return dict(_broken)


def find(name: str) -> Provider:
    """Return the provider of that name.

    Raises
    ------
    ColabWidgetError
        ``tunnel_unknown``, or ``tunnel_broken`` where its package cannot be loaded.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name == HERE:
        return NO_TUNNEL
    provider: Provider = load(name).provider
    return provider


def load(name: str) -> type[Any]:
    """Return the class of a tunnel of another package.

    Raises
    ------
    ColabWidgetError
        ``tunnel_unknown``, or ``tunnel_broken`` where its package cannot be loaded.
    """
    if name not in _found:
        _look()
    if name in _broken:
        raise ColabWidgetError("tunnel_broken", tunnel=name, reason=_broken[name])
    if name not in _found:
        tunnels = ", ".join([*BUILT_IN, *_found])
        raise ColabWidgetError("tunnel_unknown", tunnel=repr(name[:40]), tunnels=tunnels)
    return _found[name]


def offers(tunnel: str) -> list[Offer]:
    """Return the other tunnels that need no account, for who is refused by one."""
    return [
        {"title": f"Use {each['title']}", "options": {"tunnel": each["name"]}}
        for each in BUILT_IN.values()
        if each["name"] != tunnel and not each["needs_token"]
    ]


def _look() -> None:
    """See which tunnels other packages bring, as they are installed now."""
    import importlib
    from importlib.metadata import entry_points  # slow, and seldom needed

    with _looking:
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


def _checked(name: str, kind: Any) -> type[Any]:
    """Return the class of a tunnel, if what it says of itself can be shown in a form."""
    if name in (*BUILT_IN, HERE):
        raise ValueError(f"{name} is a tunnel of colabwidget's own, which stays")
    described = provider(**kind.provider)
    if described["name"] != name:
        raise ValueError(f"it calls itself {described['name']}, not {name}")
    for each in described["fields"]:
        if field(**each)["name"] not in _FIELDS:
            raise ValueError(f"there is no option {each['name']} for a field")
    made: type[Any] = kind
    return made
