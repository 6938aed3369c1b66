"""Which of the notebook's variables the session's own steps go by: its work environment.

These say how the network is reached, which certificates are trusted, and which programs are the
notebook's. They come with each request, since a backend may have been started by another notebook,
or before the notebook set them. A proxy's address may hold a password: see `credentials`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from colabwidget.core.session_environment import PROXIES
from colabwidget.core.settings import SETTINGS

_VALUE_MAX = 8192  # characters

#: Each names a file of certificates, the last two also a folder; the first that is there counts.
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

WORK_VARIABLES = (
    "PATH",
    "TMPDIR",
    "PYNGROK_NGROK_PATH",
    # Where the notebook's server writes down its address.
    "JPY_PARENT_PID",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERHUB_SERVICE_PREFIX",
    "SSL_CERT_DIR",
    *CERTIFICATES,
    *PROXIES,
    *(setting.name for setting in SETTINGS),
)


def work_environment(variables: Mapping[str, object]) -> dict[str, str]:
    """Return the variables of `WORK_VARIABLES`, where they are of sane length and plain text."""
    return {
        name: value
        for name in WORK_VARIABLES
        if isinstance(value := variables.get(name), str)
        and len(value) <= _VALUE_MAX
        and value.isprintable()
    }


def proxies(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that hold, by what they are for.

    Parameters
    ----------
    variables
        ``http_proxy`` and its like; where lower and upper case differ, lower case counts.

    Returns
    -------
    dict
        ``http`` and ``https`` with the address of a proxy, whose scheme is ``http`` unless given,
        and ``no`` with the hosts that are reached without one. What is not set is left out.
    """
    every = _of(variables, "all_proxy")
    found = {kind: _of(variables, f"{kind}_proxy") for kind in ("http", "https")}
    addresses = {
        kind: value if "://" in value else f"http://{value}"
        for kind, own in found.items()
        if (value := (every if own is None else own) or "")
    }
    apart = _of(variables, "no_proxy")
    return {**addresses, **({"no": apart} if apart else {})}


def proxy_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return `proxies` as variables of a program, in lower and in upper case."""
    found = {f"{kind}_proxy": value for kind, value in proxies(variables).items()}
    return {**found, **{name.upper(): value for name, value in found.items()}}


def goes_direct(host: str, apart: str) -> bool:
    """Tell whether a host is reached without a proxy.

    Parameters
    ----------
    host
        Its name, and its port behind a colon where that is not the usual one.
    apart
        As ``no_proxy``: names with a comma between them, which stand for those below them as well;
        ``*`` for all.
    """
    name = host.lower().rpartition(":")[0] or host.lower() if ":" in host else host.lower()
    for each in apart.lower().replace(" ", ",").split(","):
        domain = each.removeprefix("*").removeprefix(".")
        if each == "*" or (domain and domain in (name, host.lower())):
            return True
        if domain and name.endswith(f".{domain}"):
            return True
    return False


def credentials(variables: Mapping[str, str]) -> list[str]:
    """Return the secrets in the addresses of proxies: the passwords, and what holds them."""
    found: list[str] = []
    for name in PROXIES:
        # What stands before the host: a name, and mostly a password. The scheme may be missing.
        if whole := variables.get(name, "").rpartition("://")[2].rpartition("@")[0]:
            password = whole.partition(":")[2]
            found += [whole, unquote(whole), *((password, unquote(password)) if password else ())]
    return sorted(set(found))


def _of(variables: Mapping[str, str], name: str) -> str | None:
    value = variables.get(name, variables.get(name.upper()))
    return None if value is None else value.strip()
