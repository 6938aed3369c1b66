"""Public keys that open the account: fetched from GitHub and GitLab, judged by OpenSSH.

``COLABWIDGET_KEYS`` in the environment is the address of a mirror, HTTPS only, for networks that
do not reach the sites: it has their files below ``github.com/`` and ``gitlab.com/``. Proxies are
those of the environment, trusted are the system's certification authorities or those of
``SSL_CERT_FILE``.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from colabwidget.core import public_keys, settings
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.public_keys import Person
from colabwidget.runtime import process, work_environment
from colabwidget.runtime.apt import program
from colabwidget.runtime.http import Refused, answer, certificate_refused, no_way
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread

MIRROR = settings.KEYS.name
_SILENCE = 10.0  # seconds without a byte
_TIME_LIMIT = 20.0  # seconds for all of one person's keys
_SIZE_MAX = 65_536  # bytes
_COUNT_MAX = 100
# As ssh-keygen -l prints it: bits, fingerprint, comment, type.
_JUDGED = re.compile(r"(\d+) (SHA256:\S+) (.*) \(([\w-]+)\)")


@dataclass
class Keys:
    """The keys of one session, on their way from what was asked for to what sshd gets.

    Parameters
    ----------
    asked
        Checked lines of the option ``public_key``; empty for a password.
    journal
        Gets a line for each key that is let in.
    """

    asked: str
    journal: Journal
    _found: list[tuple[str, str]] = field(default_factory=list)  # each with where it came from
    _judged: bool = False

    @property
    def lines(self) -> str:
        """As ``authorized_keys`` has them."""
        return "\n".join(line for line, _ in self._found)

    async def fetch(self) -> None:
        """Have all keys here, and judged if the program for it is there already.

        Raises
        ------
        ColabWidgetError
            ``public_key_nobody``, ``public_key_unreachable``, ``public_key_broken``.
        """
        self._found = []
        for number, line in enumerate(self.asked.splitlines(), 1):
            if person := Person.parse(line):
                self._found += await _keys_of(person, self.journal)
            elif public_keys.is_file(line):
                # A backend, which may be root's, reads no file for a client.
                raise ColabWidgetError(
                    "public_key_broken", reason=f"Line {number} names a file that was not read."
                )
            else:
                self._found.append((line, ""))
        known: dict[str, tuple[str, str]] = {}
        for line, origin in self._found:
            known.setdefault(line.split()[1], (line, origin))
        self._found = [*known.values()]
        if len(self._found) > _COUNT_MAX:
            raise ColabWidgetError(
                "public_key_broken",
                reason=f"There are {len(self._found)} keys; at most {_COUNT_MAX} can be used.",
            )
        if program("ssh-keygen"):
            await self.judge()

    async def judge(self) -> None:
        """See that the machine's own OpenSSH accepts each of them, and log which are let in.

        Raises
        ------
        ColabWidgetError
            ``public_key_broken``.
        """
        if self._judged:
            return
        taken = []
        for number, (line, origin) in enumerate(self._found, 1):
            said: list[str] = []
            await process.run(
                ["ssh-keygen", "-l", "-f", "-"], None, text=f"{line}\n", on_line=said.append
            )
            match = next(filter(None, map(_JUDGED.fullmatch, said)), None)
            place = f" of {origin}" if origin else ""
            if match:
                bits, fingerprint, comment, kind = match.groups()
                self.journal.add(f"Lets in {fingerprint} {comment} ({kind}, {bits} bits){place}.")
                taken.append((line, origin))
            elif origin:
                self.journal.add(f"Key {number}{place} is left out: ssh-keygen does not take it.")
            else:
                which = f"Key {number}" if len(self._found) > 1 else "It"
                reason = f"{which} ({line.split()[0]}) is none that this machine's OpenSSH takes."
                raise ColabWidgetError("public_key_broken", reason=reason)
        if self._found and not taken:
            raise ColabWidgetError(
                "public_key_broken", reason="None of the keys is one that OpenSSH takes here."
            )
        self._found, self._judged = taken, True


async def _keys_of(person: Person, journal: Journal) -> list[tuple[str, str]]:
    """Return a person's published keys, each with its origin.

    Raises
    ------
    ColabWidgetError
        ``public_key_nobody``, ``public_key_unreachable``.
    """
    site = public_keys.SITES[person.site]
    answered: list[tuple[bool, str]] = []

    def fetch() -> None:
        answered.append(_fetched(person))

    try:
        await asyncio.wait_for(run_in_thread(fetch), _TIME_LIMIT)
    except Refused as trouble:
        raise ColabWidgetError(
            "public_key_unreachable", person=person, reason=str(trouble)
        ) from None
    except (TimeoutError, asyncio.TimeoutError):
        raise ColabWidgetError(
            "public_key_unreachable",
            person=person,
            reason=f"The answer of {site} was not complete after {_TIME_LIMIT:.0f} s.",
        ) from None
    there, text = answered[0]
    link = f"https://{site}/{person.name}.keys"
    if not there:
        raise ColabWidgetError(
            "public_key_nobody",
            person=person.name,
            site=site,
            link=link,
            reason=f"{site} knows no account of that name.",
        )
    try:
        keys, unusable = public_keys.keys_in(text)
    except ColabWidgetError:
        keys, unusable = [], 1
    if not keys:
        raise ColabWidgetError(
            "public_key_nobody",
            person=person.name,
            site=site,
            link=link,
            reason="Of those that are published there, SSH takes none."
            if unusable
            else "None is published there.",
        )
    left_out = f", {unusable} that cannot be used left out" if unusable else ""
    journal.add(f"Fetched the keys of {person}: {len(keys)}{left_out}.")
    return [(line, str(person)) for line in keys]


def _fetched(person: Person) -> tuple[bool, str]:
    """Return whether a site knows a person, and the text of their keys; or raise `Refused`.

    It blocks: call it in a thread.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    at = [""]
    try:
        with answer(address(person), _SILENCE, lambda host: at.append(host)) as response:
            # GitLab redirects an unknown name to its sign-in page.
            if response.headers.get_content_type() == "text/html":
                return False, ""
            data = response.read(_SIZE_MAX + 1)
    except HTTPError as error:
        error.close()
        if error.code in (404, 410):
            return False, ""
        raise Refused(f"The answer of {at[-1]} was {error.code} and no keys.") from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise Refused(certificate_refused(error.reason, at[-1])) from error
        trouble = no_way(error.reason, at[-1])
        raise Refused(f"{trouble[0].upper()}{trouble[1:]}.") from error
    except TimeoutError as error:
        raise Refused(f"No answer of {at[-1]} came within {_SILENCE:.0f} s.") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Refused(f"The answer of {at[-1]} broke off.") from error
    if len(data) > _SIZE_MAX:
        raise Refused(f"The answer of {at[-1]} has more than {_SIZE_MAX >> 10} KiB.")
    return True, data.decode(errors="replace")


def address(person: Person) -> str:
    """Return the address of a person's keys, or raise `Refused` for a mirror without HTTPS."""
    site = public_keys.SITES[person.site]
    mirror = settings.KEYS.value(work_environment.current()).rstrip("/")
    if not mirror:
        return f"https://{site}/{person.name}.keys"
    if not (mirror.lower().startswith("https://") and urlsplit(mirror).hostname):
        raise Refused(f"{MIRROR} is no address of a mirror with HTTPS.")
    return f"{mirror}/{site}/{person.name}.keys"
