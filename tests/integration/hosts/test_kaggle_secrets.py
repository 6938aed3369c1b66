"""Secrets of Kaggle, read from its service."""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from colabwidget.hosts import secrets
from colabwidget.ipc import messages
from tests.doubles.kaggle_service import KaggleService
from tests.kit.backend.colab_page import NAME, Make, click, refused
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import TOKEN
from tests.kit.machine.machine import ROOT

DOUBLES = ROOT / "tests" / "doubles"


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch) -> Iterator[KaggleService]:
    """This machine is Kaggle's."""
    monkeypatch.syspath_prepend(str(DOUBLES))
    service = KaggleService(TOKEN)
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    yield service
    service.close()
    sys.modules.pop("kaggle_secrets", None)


def test_kaggle_s_secret_comes_from_its_service(kaggle: KaggleService) -> None:
    found = secrets.read(NAME, "kaggle", {})
    assert found.token.reveal() == TOKEN
    assert found.origin == "Kaggle's secrets: NGROK_AUTHTOKEN"
    asked = {"Label": NAME, "JWE": kaggle.key}
    assert kaggle.asked == [("/requests/GetUserSecretByLabelRequest", asked)]


@pytest.mark.parametrize(
    ("status", "says", "code"),
    [
        (
            200,
            {
                "wasSuccessful": False,
                "errors": [f"No user secrets exist for kernel id 1 and {NAME}"],
            },
            "secret_missing",
        ),
        (200, {"wasSuccessful": True, "result": {"secret": ""}}, "secret_missing"),
        (200, {"wasSuccessful": True, "result": {"value": TOKEN}}, "secret_unreadable"),
        (200, TOKEN, "secret_unreadable"),
        (401, {}, "secret_no_access"),
        (403, {}, "secret_no_access"),
        (500, {"leak": TOKEN}, "secret_unreadable"),
    ],
)
def test_each_refusal_of_kaggle_is_explained(
    kaggle: KaggleService, status: int, says: Any, code: str
) -> None:
    kaggle.status, kaggle.says = status, says
    assert refused("kaggle").code == code
    assert secrets.read(NAME, "kaggle", {NAME: TOKEN}).token.reveal() == TOKEN


def test_without_internet_kaggle_s_user_is_told_to_switch_it_on(
    kaggle: KaggleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_URL_BASE", "http://127.0.0.1:1")
    error = refused("kaggle")
    assert error.code == "secret_unreadable"
    assert "Internet" in error.info["cause"]


def test_a_service_of_kaggle_s_that_is_silent_is_waited_for_no_longer_than_it_says(
    kaggle: KaggleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("KAGGLE_URL_BASE", f"http://127.0.0.1:{silent.getsockname()[1]}")
        module = importlib.import_module("kaggle_secrets")
        vars(module)["TIMEOUT_SECS"] = 0.2
        assert refused("kaggle").code == "secret_timeout"


def test_a_notebook_without_a_key_to_kaggle_s_secrets_has_no_access(
    kaggle: KaggleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAGGLE_USER_SECRETS_TOKEN")
    assert refused("kaggle").code == "secret_no_access"
    assert kaggle.asked == []


def test_kaggle_s_service_never_holds_the_kernel_s_thread(
    kaggle: KaggleService, there: Make, fake: FakeBackend
) -> None:
    page = there({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"})
    kaggle.pause()
    click(page)
    kaggle.go_on()
    assert page.reply("r1") is None
    assert fake.asked(messages.Connect)[0].token == TOKEN
