"""The server that a client speaks to where a notebook's page is the bridge."""

from __future__ import annotations

import http.client
import json

from colabwidget.through.address import Address
from colabwidget.through.faults import Fault, Passing
from colabwidget.through.jupyter import Server
from colabwidget.through.profiles import Profile, Profiles, write_private

#: As ``--way`` names it.
WAY = "page"
_SUFFIX = ".bridge"
_NO_PAGE = (
    "No page of the notebook is connected with this computer: open the notebook in your browser, "
    "and paste the code that the bridge shows into its card."
)


class Bridged(Server):
    """A notebook's server, by a program of this computer's and a page.

    Parameters
    ----------
    port
        Of the program.
    token
        The program's.
    place
        What the server itself is called.
    name
        Under which this computer is paired with it.
    """

    def __init__(self, port: int, token: str, place: str, name: str) -> None:
        super().__init__(Address(secure=False, host="127.0.0.1", port=port), token)
        self.place = place
        self._name = name

    def _no_way(self, error: Exception) -> Fault:
        if isinstance(error, ConnectionRefusedError):  # it was killed, and has removed nothing
            return _no_program(self._name)
        return super()._no_way(error)

    def _fault(self, answer: http.client.HTTPResponse) -> Fault:
        if answer.status == 503:
            return Passing(_NO_PAGE)
        if answer.status in (401, 403):
            return Passing(
                f"{self.place} does not take what its page asks (HTTP {answer.status}): the page "
                "may be signed out. Load it again, and paste the code of the bridge again."
            )
        return super()._fault(answer)


def keep(profiles: Profiles, name: str, port: int, token: str) -> None:
    """Write down where the program of a name listens, while it does."""
    text = json.dumps({"port": port, "token": token})
    write_private(profiles.path(name, _SUFFIX), text.encode())


def drop(profiles: Profiles, name: str, token: str) -> None:
    """Remove that, unless another program has taken its place."""
    try:
        if json.loads(profiles.path(name, _SUFFIX).read_text())["token"] == token:
            profiles.path(name, _SUFFIX).unlink()
    except (OSError, ValueError, TypeError, KeyError):
        pass


def server_of(profiles: Profiles, profile: Profile, token: str) -> Server:
    """Return the server of a profile, directly or by its page.

    Raises
    ------
    Fault
        Where it cannot be asked.
    """
    address = profile.address
    if not profile.page:
        address.check(insecure=profile.insecure)
        return Server(address, token, profile.cafile)
    try:
        kept = json.loads(profiles.path(profile.name, _SUFFIX).read_text())
        return Bridged(int(kept["port"]), str(kept["token"]), address.place, profile.name)
    except (OSError, ValueError, TypeError, KeyError):
        raise _no_program(profile.name) from None


def _no_program(name: str) -> Fault:
    return Passing(
        f"The bridge is not running: python -m colabwidget through bridge {name} starts it, and "
        "says what to paste into the card."
    )
