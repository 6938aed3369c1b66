"""Fixtures with real backends and real servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.ipc import messages
from colabwidget.runtime.releases.fetch import MIRROR
from tests.doubles.releases import ReleaseServer, make_turbovnc_deb
from tests.kit.backend.downloads import PADDING, TURBOVNC
from tests.kit.backend.wire import Line, Spawned
from tests.kit.fixtures import private_places
from tests.kit.ngrok_agent import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A service behind a tunnel, which gives back what it gets, the last byte first."""
    service = Upstream(lambda received: received[::-1])
    yield service
    service.close()


@pytest.fixture
def own_backend(runtime: Path) -> Iterator[Spawned]:
    """A real backend that this test may kill."""
    spawned = Spawned.start()
    yield spawned
    spawned.end()


@pytest.fixture(scope="module")
def serving() -> Iterator[Spawned]:
    with private_places():
        spawned = Spawned.start()
        yield spawned
        spawned.end()


@pytest.fixture
def backend(serving: Spawned) -> Iterator[Spawned]:
    """A real backend without a session; the tests of a file share it."""
    yield serving
    with Line() as line:
        line.result(messages.Disconnect(1, force=True))


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is released: a real package."""
    return make_turbovnc_deb(tmp_path_factory.mktemp("deb"), padding=PADDING)


@pytest.fixture(scope="module")
def releases() -> Iterator[ReleaseServer]:
    with ReleaseServer() as made:
        yield made


@pytest.fixture
def server(
    releases: ReleaseServer, deb: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ReleaseServer]:
    """A mirror that has the package, trusted by this test."""
    monkeypatch.setenv(MIRROR, releases.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(releases.ca))
    monkeypatch.setenv("no_proxy", "*")
    releases.offer(TURBOVNC.url, deb)
    releases.requests.clear()
    yield releases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"
