"""Whether there is a way to the internet."""

from __future__ import annotations

import asyncio
import socket

import pytest

from colabwidget.runtime import internet


def test_one_server_that_answers_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("COLABWIDGET_INTERNET", f"127.0.0.1:1 no.such.invalid:1 {there}")
        assert asyncio.run(internet.answers())
    monkeypatch.setenv("COLABWIDGET_INTERNET", f"127.0.0.1:1 {there}")
    assert not asyncio.run(internet.answers())
