"""The work environment of the session: see `colabwidget.core.work_environment`.

There is one session at a time, so there is one work environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from colabwidget.core import work_environment as rules
from colabwidget.core.secrets import Secret
from colabwidget.runtime.journal import Journal

_of_session: dict[str, str] | None = None
_secrets: list[Secret] = []  # the journal redacts a secret for as long as it is in use


def use(variables: Mapping[str, object], journal: Journal) -> None:
    """Let the steps of the session go by these variables from now on.

    Parameters
    ----------
    variables
        As they came; only those of `rules.WORK_VARIABLES` count.
    journal
        Redacts the credentials of proxies from now on.
    """
    global _of_session
    _of_session = rules.work_environment(variables)
    _secrets[:] = map(Secret, rules.credentials(_of_session))
    journal.redactor.add(_secrets)


def reset() -> None:
    """Let the process's own variables hold again, as before the first session."""
    global _of_session
    _of_session = None


def current() -> Mapping[str, str]:
    """Return the variables that hold; before the first session, the process's own."""
    return os.environ if _of_session is None else _of_session


def proxies() -> dict[str, str]:
    """Return the proxies that hold; see `rules.proxies`."""
    return rules.proxies(current())


def certificates() -> dict[str, str]:
    """Return what OpenSSL goes by: ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, where they are set.

    What only ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` names counts as well: a network with a
    certification authority of its own has one for all. What is not there does not count.
    """
    named = current()
    places = [Path(named[name]) for name in rules.CERTIFICATES if named.get(name)]
    folders = [Path(named["SSL_CERT_DIR"])] if named.get("SSL_CERT_DIR") else []
    file = next((place for place in places if place.is_file()), None)
    folder = next((place for place in [*folders, *places] if place.is_dir()), None)
    found = (("SSL_CERT_FILE", file), ("SSL_CERT_DIR", folder))
    return {name: str(place) for name, place in found if place}


def of_network_programs() -> dict[str, str]:
    """Return the variables of a program that reaches the network: proxies and certificates.

    Other programs get none of them, as a proxy's address may hold a password.
    """
    return {**rules.proxy_variables(current()), **certificates()}


def of_apt() -> dict[str, str]:
    """Return the variables of apt-get, which knows proxies in lower case only.

    Of SOCKS it knows the kind that looks names up at the proxy, by the name ``socks5h``.
    """
    return {
        f"{kind}_proxy": value.replace("socks5://", "socks5h://").replace("socks://", "socks5h://")
        for kind, value in proxies().items()
    }
