"""A wrong clock is told by the time that a server gives, whatever refuses it."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from colabwidget.runtime import clock
from colabwidget.runtime.http import certificate_refused

DAY = 86_400


class Server(HTTPServer):
    """Answers with a time of its own, and nothing else."""

    ahead = 0.0  # seconds


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response_only(404)
        assert isinstance(self.server, Server)
        self.send_header("Date", formatdate(time.time() + self.server.ahead, usegmt=True))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def judged(said: str) -> str:
    error = asyncio.run(clock.judge(said))
    if error is None:
        return ""
    assert error.code == "clock_wrong"
    return error.info["cause"]


INVALID = "W: GPG error: http://{} ./ InRelease: At least one invalid signature was encountered."


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_wrong_clock_is_said_with_both_times(server: Server, days: int) -> None:
    host = f"127.0.0.1:{server.server_port}"
    server.ahead = days * DAY
    cause = judged(f"W: GPG error: http://{host}/debian InRelease: invalid signature")
    assert (
        f"and {host} says {time.strftime('%Y-%m-', time.gmtime(time.time() + days * DAY))}" in cause
    )
    assert f"It says {time.strftime('%Y-%m-', time.gmtime())}" in cause


@pytest.mark.parametrize("seconds", [-60, 0, 60])
def test_a_right_clock_is_not_blamed(server: Server, seconds: int) -> None:
    server.ahead = seconds
    said = f"E: Release file for http://127.0.0.1:{server.server_port}/x/InRelease is expired"
    assert judged(said) == ""


def test_without_an_answer_the_lists_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    said = (
        "E: Release file for http://127.0.0.1:9/debian/dists/bookworm/InRelease is not valid yet "
        "(invalid for another 258d 3h 23min 41s). Updates for this repository will not be applied."
    )
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 258 * DAY + 12_221))
    assert f"the lists of 127.0.0.1 are of {day}" in judged(said).replace(":9", "")
    assert judged("W: GPG error: http://127.0.0.1:9/x InRelease: invalid signature") == ""


@pytest.mark.parametrize(("code", "said"), [(9, True), (10, True), (18, False)])
def test_a_certificate_that_is_refused_for_its_dates(server: Server, code: int, said: bool) -> None:
    host = f"127.0.0.1:{server.server_port}"
    server.ahead = 400 * DAY
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "certificate is not yet valid"
    text = certificate_refused(error, host)
    assert text.startswith(f"The certificate of {host} was not accepted")
    assert ("This machine's clock is wrong. It says" in text) == said
