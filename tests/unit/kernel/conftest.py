"""Bridges that wait for less."""

from __future__ import annotations

import pytest

from colabwidget.kernel import bridge, outbox


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent again, and looked for again, is so after a moment."""
    monkeypatch.setattr(outbox, "RESEND_FIRST", 0.1)
    monkeypatch.setattr(bridge, "LOOK_FOR_BACKEND", 0.05)
