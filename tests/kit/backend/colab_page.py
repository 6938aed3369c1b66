"""A widget's pages on Colab, and secrets that are read by their name."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts import secrets
from tests.kit.backend.widget_page import TOKEN, Page

NAME = "NGROK_AUTHTOKEN"
COLAB = {"COLAB_RELEASE_TAG": "release", "TBE_RUNTIME_ADDR": "172.28.0.1:8011"}


def refused(kind: str) -> ColabWidgetError:
    """The refusal, which holds the token nowhere, causes and frames included."""
    with pytest.raises(ColabWidgetError) as caught:
        secrets.read(NAME, kind, {})
    error = caught.value
    chain = traceback.TracebackException.from_exception(error, capture_locals=True)
    whole = "".join(chain.format()) + str(error.info)
    # The test's own frame knows what the service says.
    assert TOKEN not in whole
    assert error.__cause__ is None and error.__context__ is None
    assert error.info["field"] == "token"
    assert error.info["title"] and error.info["remedy"]
    assert "{" not in str(error)
    return error


class ColabPage(Page):
    """The pages of a widget on Colab."""

    def __init__(self, environment: dict[str, str] = COLAB) -> None:
        super().__init__(environment, options={}, clicks_wait=True)


Make = Callable[..., ColabPage]


def click(page: Page, request: str = "r1", **more: Any) -> None:
    page.say("connect", request=request, options={}, token_secret=NAME, **more)
