"""Why a backend could not be had."""

from __future__ import annotations

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client


def refused(code: str) -> str:
    """The cause that a client is given where no backend serves it."""
    with pytest.raises(ColabWidgetError) as raised:
        client.ensure()
    assert raised.value.code == code
    return raised.value.info["cause"]
