"""Requests to a notebook's server: REST and the upgrade to a WebSocket.

No redirect is followed, so that the token goes to no other server.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from typing import Any

from colabwidget.through import websocket
from colabwidget.through.address import Address
from colabwidget.through.faults import Fault, Passing
from colabwidget.through.proxies import proxy_for
from colabwidget.through.websocket import WebSocket

#: Seconds that the server has for a connection, and for an answer.
TIMEOUT = 10.0
_ANSWER_MAX = 4 * 1024 * 1024


class Server:
    """A notebook's server.

    Parameters
    ----------
    address
        Where it is.
    token
        Its own, or one of the hub's that may enter it.
    cafile
        Certificates that are trusted as the system's are; empty for none.
    """

    def __init__(self, address: Address, token: str, cafile: str = "") -> None:
        self._cafile = cafile
        self.address = address
        #: What it is called in sentences.
        self.place = address.place
        self._token = token

    def get(self, path: str) -> Any:
        """Return what the server answers to a request of its REST API.

        Raises
        ------
        Fault
            With what is wrong.
        """
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Have something made; parameters, result and faults as for `get`."""
        return self._ask("POST", path, body)

    def delete(self, path: str) -> None:
        """Have something removed; what is not there is no fault."""
        try:
            self._ask("DELETE", path)
        except Missing:
            pass

    def open(self, path: str, *, protocol: str = "", timeout: float = TIMEOUT) -> WebSocket:
        """Open a WebSocket.

        Parameters
        ----------
        path
            Below the base_url.
        protocol
            Asked for, where there is one; the result's `protocol` is what the server has chosen.
        timeout
            Seconds that the server has.

        Raises
        ------
        Fault
            With what is wrong.
        """
        connection = self._connection(timeout)
        key = websocket.new_key()
        try:
            self._send(
                connection,
                "GET",
                path,
                {
                    "Upgrade": "websocket",
                    "Connection": "Upgrade",
                    "Sec-WebSocket-Key": key,
                    "Sec-WebSocket-Version": "13",
                    **({"Sec-WebSocket-Protocol": protocol} if protocol else {}),
                },
            )
            answer = connection.getresponse()
            if answer.status != http.client.SWITCHING_PROTOCOLS:
                raise self._fault(answer)
            if answer.getheader("Sec-WebSocket-Accept") != websocket.accepted(key):
                raise Passing(f"{self.place} answers, but opens no WebSocket.")
            taken = connection.sock
            assert taken
            connection.sock = None  # it owns it no more
            taken.setblocking(False)
            chosen = answer.getheader("Sec-WebSocket-Protocol", "")
            return WebSocket(taken, _buffered(answer), chosen)
        except (OSError, http.client.HTTPException) as error:
            raise self._no_way(error) from error
        finally:
            connection.close()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = self._connection()
        try:
            text = None if body is None else json.dumps(body).encode()
            self._send(connection, method, path, {"Content-Type": "application/json"}, text)
            answer = connection.getresponse()
            if answer.status >= http.client.MULTIPLE_CHOICES:
                raise self._fault(answer)
            data = answer.read(_ANSWER_MAX)
        except (OSError, http.client.HTTPException) as error:
            raise self._no_way(error) from error
        finally:
            connection.close()
        try:
            return json.loads(data) if data else None
        except ValueError:
            raise Fault(f"{self.address} is no notebook's server.") from None

    def _connection(self, timeout: float = TIMEOUT) -> http.client.HTTPConnection:
        at, proxy = self.address, proxy_for(self.address)
        host, port = (proxy.host, proxy.port) if proxy else (at.host, at.port)
        made = (
            http.client.HTTPSConnection(host, port, timeout=timeout, context=self._trusted())
            if at.secure
            else http.client.HTTPConnection(host, port, timeout=timeout)
        )
        if proxy:
            made.set_tunnel(at.host, at.port, proxy.headers)
        return made

    def _trusted(self) -> ssl.SSLContext:
        trusted = ssl.create_default_context()
        try:
            if self._cafile:
                trusted.load_verify_locations(self._cafile)
        except OSError:  # an SSLError is one
            raise Fault(f"{self._cafile} cannot be read, or holds no certificate.") from None
        return trusted

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None = None,
    ) -> None:
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.request(
            method,
            self.address.base + path,
            body,
            {"Host": self.address.place, "Authorization": f"token {self._token}", **headers},
        )

    def _fault(self, answer: http.client.HTTPResponse) -> Fault:
        status, where = answer.status, self.place
        if status in (401, 403):
            return Refused(
                f"{where} does not take the token (HTTP {status}): pair again, with a pairing "
                "string that is copied now."
            )
        if status == 404:
            return Missing(f"{where} has no {self.address.base}api/ for this (HTTP 404).")
        if 300 <= status < 400:
            return Passing(
                f"{where} sends the request elsewhere (HTTP {status}): the server is stopped, or "
                "a sign-in page stands before it. Open it in the browser, and start it there."
            )
        return Passing(f"{where} cannot answer for now (HTTP {status}).")

    def _no_way(self, error: Exception) -> Fault:
        """Return what is wrong where nothing can be asked."""
        where = self.place
        if isinstance(error, ssl.SSLCertVerificationError):
            return Fault(f"The certificate of {where} is not trusted: {error.verify_message}.")
        if isinstance(error, ssl.SSLError):
            return Passing(f"No TLS with {where}: {error.reason or error}.")
        if isinstance(error, socket.gaierror):
            return Passing(f"The name {self.address.host} is not known here.")
        if isinstance(error, TimeoutError):
            return Passing(f"{where} did not answer within {TIMEOUT:.0f} s.")
        if str(error).startswith("Tunnel connection failed"):
            return Passing(f"The HTTP proxy makes no connection to {where}: {error}.")
        told = getattr(error, "strerror", None) or type(error).__name__
        return Passing(f"{where} cannot be reached: {told}.")


class Missing(Passing):
    """What a request asks for is not there: it may be while a server starts."""


class Refused(Fault):
    """The token is not taken."""


def _buffered(answer: http.client.HTTPResponse) -> bytes:
    """Return what came behind the head of an answer and was read with it, and close its file."""
    try:
        return answer.fp.peek() if answer.fp else b""
    except ssl.SSLWantReadError:
        return b""
    finally:
        answer.close()
