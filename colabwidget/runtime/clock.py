"""Whether this machine's clock is right: what comes of a wrong one looks like other failures."""

from __future__ import annotations

import re
import ssl
import time
from contextlib import closing
from datetime import datetime, timezone

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import proxy
from colabwidget.runtime.threads import run_in_thread

_TOLERANCE = 120.0  # seconds between two clocks that are right
_SILENCE = 5.0  # seconds without an answer
_HOSTS_MAX = 3
_HOST = re.compile(r"https?://([\w.-]+(?::\d+)?)/")
_AHEAD = re.compile(r"//([\w.-]+)[^ ]* is not valid yet \(invalid for another ([^)]*)\)")
_UNITS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL.
_CERTIFICATE = (9, 10)


async def judge(said: str) -> ColabWidgetError | None:
    """Compare the clock with that of the servers a program's output names.

    Parameters
    ----------
    said
        The output of apt-get.

    Returns
    -------
    ColabWidgetError | None
        ``clock_wrong``; ``None`` where the clock is right, or no server tells.
    """
    found: list[str] = []
    hosts = [*dict.fromkeys(_HOST.findall(said))][:_HOSTS_MAX]
    await run_in_thread(lambda: found.extend(filter(None, map(difference, hosts))))
    if not found and (ahead := _AHEAD.search(said)):
        parts = re.findall(r"(\d+)(d|h|min|s)", ahead[2])
        later = time.time() + sum(int(number) * _UNITS[unit] for number, unit in parts)
        found = [f"It says {_text(time.time())}; the lists of {ahead[1]} are of {_text(later)}."]
    return ColabWidgetError("clock_wrong", reason=found[0]) if found else None


def difference(host: str) -> str:
    """Say how the clock differs from a server's; empty where it does not, or none answers.

    The answer is asked for without encryption, as a wrong clock refuses every certificate. It
    blocks: call it in a thread.
    """
    theirs, ours = _time_of(host), time.time()
    if theirs is None or abs(theirs - ours) <= _TOLERANCE:
        return ""
    return f"It says {_text(ours)}, and {host} says {_text(theirs)}."


def of_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Say how the clock differs, where a certificate is refused for its dates; it blocks."""
    if getattr(error, "verify_code", 0) not in _CERTIFICATE:
        return ""
    if found := difference(host):
        return f"This machine's clock is wrong. {found}"
    return ""


def _time_of(host: str) -> float | None:
    """Return the time that a server gives, in seconds since the epoch."""
    # Imported where they are needed: an idle backend stays small.
    import urllib.request as library
    from email.utils import parsedate_to_datetime
    from http.client import HTTPException

    opener = library.OpenerDirector()  # without redirects: any answer has the time
    opener.add_handler(library.HTTPHandler())
    request = library.Request(
        f"http://{host}/", method="HEAD", headers={"User-Agent": "colabwidget"}
    )
    try:
        proxy.take(request, "http")
        answer = opener.open(request, timeout=_SILENCE)
        if answer is None:
            return None
        with closing(answer):
            return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (OSError, HTTPException, ValueError, TypeError, proxy.OtherKind):
        return None


def _text(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M} UTC"
