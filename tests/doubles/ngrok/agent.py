"""A session with ngrok's servers, opened again after each loss."""

from __future__ import annotations

import os
import re
import threading
import time
from typing import ClassVar, NoReturn

from .behaviour import behaviour
from .doors import EdgeSession
from .endpoint import Endpoint
from .errors import (
    NETWORK_ERRORS,
    REFUSED,
    REGIONS,
    SERVER,
    SESSION_ERRORS,
    VERSION,
    YOUR_TOKEN,
    Failure,
    coded,
    dial_error,
)
from .log import Log

BACK_OFF_S = (0.5, 0.7, 1.2, 1.6, 2.7, 4, 7, 11, 16, 22, 28, 30)


class Agent:
    """One run of `ngrok start --none`."""

    running: ClassVar[list[Agent]] = []

    def __init__(self, log: Log, token: str, region: str, drop: threading.Event) -> None:
        self.log, self._token, self.region, self.drop = log, token, region, drop
        self.running.append(self)
        self._ident = os.urandom(16).hex()
        self.endpoints: dict[str, Endpoint] = {}
        self.connected = False
        self.restarts = False  # by an order of the service, which forgets the endpoints
        self._started = time.monotonic()
        # With an edge; without one, the public ports are this process's own.
        self.session: EdgeSession | None = None

    def run(self) -> NoReturn:
        """Open a session, again after each loss; Failure when the first one is refused."""
        first = True
        while True:
            self._establish(first)
            after = behaviour().get("drop_after_s") if first else None
            self.drop.wait(after)
            first = False
            self.connected = False
            for endpoint in list(self.endpoints.values()):
                endpoint.close()
            if self.restarts:
                self.restarts = False
                self.endpoints.clear()
            if self.session:
                self.session.close()
            self.drop.clear()
            self.log(
                "eror", "session closed, starting reconnect loop", obj="csess", err="session closed"
            )

    def _establish(self, first: bool) -> None:
        attempt = 0
        ident = os.urandom(6).hex()
        while True:
            faults = behaviour()
            if attempt or not first:
                pause = BACK_OFF_S[min(max(attempt - first, 0), len(BACK_OFF_S) - 1)]
                time.sleep(min(pause, faults.get("back_off_max_s", pause)))
                faults = behaviour()
            attempt += 1
            away = time.monotonic() - self._started < faults.get("outage_s", 0)
            if network := faults.get("no_network") or (away and "away"):
                reason = NETWORK_ERRORS.get(network, NETWORK_ERRORS["dns"])
                error = f'failed to dial ngrok server with address "{SERVER}": {reason}'
                self.log("eror", "failed to reconnect session", obj="csess", id=ident, err=error)
                continue
            time.sleep(faults.get("delay_s", 0))
            if edge := faults.get("edge"):
                try:
                    self.session = EdgeSession(self, self._ident, edge)
                except OSError as reason:
                    error = f'failed to dial ngrok server with address "{edge}": '
                    error += dial_error(edge, reason)
                    self.log(
                        "eror", "failed to reconnect session", obj="csess", id=ident, err=error
                    )
                    continue
            if code := faults.get("auth_error") or self._refusal():
                text = SESSION_ERRORS.get(code, f"{REFUSED}\n{YOUR_TOKEN}")
                error = coded(
                    "authentication failed",
                    text.format(
                        token=self._token,
                        region=self.region,
                        version=behaviour().get("version", VERSION),
                    ),
                    code,
                )
                self.log("eror", "failed to reconnect session", obj="csess", id=ident, err=error)
                if self.session:
                    self.session.close()
                if first:
                    self.log("eror", "session closing", obj="tunnels.session", err=error)
                    self.log("eror", "terminating with error", obj="app", err=error)
                    raise Failure(error)
                continue
            break
        for endpoint in self.endpoints.values():
            endpoint.listen(0 if faults.get("new_port") else endpoint.port)
        self.connected = True
        self.log("info", "tunnel session started", obj="tunnels.session")
        self.log("info", "client session established", obj="csess", id=ident)

    def public_host(self) -> str:
        """The host of public addresses."""
        own = self.session.host if self.session else "127.0.0.1"
        return behaviour().get("public_host", own)

    def _refusal(self) -> str | None:
        if behaviour().get("paid_proxy") and os.environ.get("http_proxy"):
            return "9009"
        if not self._token:
            return "4018"
        if not re.fullmatch(r"[\w-]{10,}", self._token):
            return "105"
        return "400" if self.region not in ("", "auto", *REGIONS) else None
