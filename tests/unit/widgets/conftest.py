"""Widgets for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget import ConnectWidget
from tests.kit.waiting import eventually
from tests.kit.widgets import Make, threads


@pytest.fixture
def make(runtime: Path) -> Iterator[Make]:
    """Makes widgets that are closed after the test."""
    made: list[ConnectWidget] = []

    def make(*tunnel: Any, **options: Any) -> ConnectWidget:
        made.append(ConnectWidget(*tunnel, **options))
        return made[-1]

    yield make
    for widget in made:
        widget.close()
    eventually(lambda: not threads())
