"""What the unit tests share: private directories, and backends of a test's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from colabwidget.core.secrets import Redactor
from colabwidget.ipc import messages
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases import MIRROR
from colabwidget.system import paths
from tests.doubles.releases import ReleaseServer, make_turbovnc_deb
from tests.kit.backend.downloads import PADDING, TURBOVNC
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import Page
from tests.kit.backend.wire import Line, Spawned

# The machine may be busy: how long an example takes says nothing.
settings.register_profile("colabwidget", deadline=None, max_examples=60, print_blob=True)
settings.load_profile("colabwidget")


@contextmanager
def private_places() -> Iterator[Path]:
    """A runtime directory that nobody has used; nothing outside it is touched."""
    # A short path: a socket's may have 107 bytes.
    base = Path(tempfile.mkdtemp(prefix="cwu-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(base))
        patch.setenv("XDG_STATE_HOME", str(base / "state"))
        # A backend that a failing test leaves behind goes by itself.
        patch.setenv("COLABWIDGET_IDLE_LIMIT", "20")
        patch.delenv("NGROK_AUTHTOKEN", raising=False)
        yield paths.runtime_directory()
    shutil.rmtree(base)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The runtime directory of this test, not yet made."""
    with private_places() as directory:
        yield directory


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


@pytest.fixture
def fake(runtime: Path) -> Iterator[FakeBackend]:
    """A backend that answers what the test wants."""
    made = FakeBackend()
    yield made
    made.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.log", Redactor())
    yield made
    made.close()


@pytest.fixture
def page(runtime: Path) -> Iterator[Page]:
    """The pages of a widget; where `fake` is asked for as well, that backend is theirs."""
    made = Page()
    yield made
    made.bridge.close()


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
