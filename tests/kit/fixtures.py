"""Fixtures of the suites that need no machine of their own: private directories, fake backends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from colabwidget.core.secrets import Redactor
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from tests.kit.backend.colab_page import ColabPage, Make
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.loop_watch import LoopWatch
from tests.kit.backend.widget_page import Page

# The machine may be busy: how long an example takes says nothing.
settings.register_profile("colabwidget", deadline=None, max_examples=60, print_blob=True)
settings.load_profile("colabwidget")


@contextmanager
def private_places() -> Iterator[Path]:
    """A runtime directory that no other program has used; nothing outside it is touched.

    A backend that is started with this environment is watched: it never blocks in its event loop.
    """
    # A short path: a socket's may have 107 bytes.
    base = Path(tempfile.mkdtemp(prefix="cwu-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(base))
        patch.setenv("XDG_STATE_HOME", str(base / "state"))
        # A backend that a failing test leaves behind goes by itself.
        patch.setenv("COLABWIDGET_IDLE_LIMIT", "20")
        # Nothing outside this machine answers.
        patch.setenv("COLABWIDGET_INTERNET", "127.0.0.1:1")
        patch.delenv("NGROK_AUTHTOKEN", raising=False)
        (base / "watch").mkdir()
        watch = LoopWatch(base / "watch")
        patch.setenv("PYTHONPATH", str(watch.folder), prepend=os.pathsep)
        yield paths.runtime_directory()
    watch.check()
    shutil.rmtree(base)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The runtime directory of this test, not yet made."""
    with private_places() as directory:
        yield directory


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


@pytest.fixture
def there(fake: FakeBackend) -> Iterator[Make]:
    """Pages that a backend is there for."""
    made: list[ColabPage] = []

    def make(*environment: dict[str, str]) -> ColabPage:
        made.append(ColabPage(*environment))
        return made[-1]

    yield make
    for page in made:
        page.bridge.close()
