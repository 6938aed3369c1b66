"""How the access to a session is made."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from colabwidget.backend import access_kind
from colabwidget.core.options import Options
from colabwidget.core.secrets import Redactor, Secret
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.tunnels import registry


@pytest.mark.parametrize("tunnel", registry.BUILT_IN)
def test_what_it_is_made_of_is_first_loaded_beside_the_event_loop(
    tunnel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, places = registry.load, []

    def load(name: str) -> type[Any]:
        places.append((name, threading.current_thread() is threading.main_thread()))
        return real(name)

    monkeypatch.setattr(registry, "load", load)
    journal = Journal(tmp_path / "journal", Redactor())

    async def create() -> None:
        options = Options(tunnel=tunnel)
        steps = Steps(lambda: None)
        await access_kind.create(options, Secret(""), {}, tmp_path, journal, steps)

    asyncio.run(create())
    journal.close()
    assert places[0] == (tunnel, False)
