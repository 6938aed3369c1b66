"""What is in the way of an end that was asked for."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from colabwidget.backend import open_work
from colabwidget.core.errors import ColabWidgetError
from tests.kit.clock import run_without_waiting


class Desktop:
    """One whose X server answers, or never does."""

    def __init__(self, *titles: str, answers: bool = True) -> None:
        self._titles, self._answers = [*titles], answers

    async def windows(self) -> list[str]:
        if not self._answers:
            await asyncio.Event().wait()
        return self._titles


def asked(desktop: Desktop, clients: int = 0) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as error:
        run_without_waiting(open_work.ask(cast(Any, desktop), clients))
    return error.value


def test_windows_are_named_and_clients_with_them() -> None:
    error = asked(Desktop("thesis.txt", "a", "b", "c"), 2)
    assert error.code == "windows_open" and error.info["title"].startswith("4 windows are open")
    assert "thesis.txt; a; b; …" in error.info["cause"] and "2 clients are" in error.info["cause"]


def test_a_server_that_never_answers_keeps_the_door_open_for_a_second_only() -> None:
    assert asked(Desktop(answers=False), 1).code == "clients_connected"
