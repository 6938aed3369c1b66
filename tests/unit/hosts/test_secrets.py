"""Tokens by name: from Colab's and Kaggle's secrets and the environment, and only when asked."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from colabwidget import api
from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts import secrets
from colabwidget.ipc import messages
from tests.kit.backend.colab_page import COLAB, NAME, Make, click, refused
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import TOKEN
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually

Answer = dict[str, Any] | None | Exception


class Colab:
    """Colab's page, as far as it is asked for secrets."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.threads: list[threading.Thread] = []
        self.says: Answer = {"data": {"exists": True, "access": True, "payload": TOKEN}}

    def answer(self, kind: str, request: Any) -> Any:
        self.asked.append((kind, request))
        self.threads.append(threading.current_thread())
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Colab]:
    """This machine is Colab's."""
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "doubles" / "colab"))
    page = Colab()
    vars(importlib.import_module("google.colab._message"))["answer"] = page.answer
    for name, value in COLAB.items():
        monkeypatch.setenv(name, value)
    yield page
    for name in [name for name in sys.modules if name.split(".")[0] == "google"]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)


def test_the_environment_is_read_by_the_given_name_alone() -> None:
    found = secrets.read("MINE", "linux", {"MINE": TOKEN, NAME: "another"})
    assert found.token.reveal() == TOKEN
    assert found.origin == "the environment: MINE"
    assert TOKEN not in f"{found}{found!r}"


@pytest.mark.parametrize("kind", ["linux", "jupyterhub"])
@pytest.mark.parametrize("value", [None, "", " \n"])
def test_what_the_environment_lacks_is_missing(kind: str, value: str | None) -> None:
    with pytest.raises(ColabWidgetError) as caught:
        secrets.read(NAME, kind, {} if value is None else {NAME: value})
    assert caught.value.code == "secret_missing"
    assert NAME in caught.value.info["title"]
    assert caught.value.info["cause"] == "The environment does not have it."
    remedy = caught.value.info["remedy"]
    assert remedy == "Set the variable before the kernel starts. Or paste the token."


@pytest.mark.parametrize("name", ["MY TOKEN", "9LIVES", "Käse", "A-B", "a" * 65, TOKEN, "x\n"])
def test_what_is_no_name_is_refused_and_not_repeated(name: str, colab: Colab) -> None:
    with pytest.raises(ColabWidgetError) as refusal:
        secrets.read(name, "colab", {name: TOKEN})
    assert refusal.value.code == "secret_name_invalid"
    assert name not in f"{refusal.value}{refusal.value.info}"
    assert colab.asked == []


@pytest.mark.parametrize("name", ["A", "_x", "NGROK_AUTHTOKEN", "MyNgrokAuthToken2", "x" * 24])
def test_names_that_people_give_are_names(name: str) -> None:
    assert secrets.checked_name(name) == name
    assert secrets.checked_name("") == ""


# Colab


def test_colab_s_secret_is_the_one_that_its_page_gives(colab: Colab) -> None:
    found = secrets.read(NAME, "colab", {NAME: "another"})
    assert found.token.reveal() == TOKEN
    assert found.origin == "Colab's secrets: NGROK_AUTHTOKEN"
    assert colab.asked == [("GetSecret", {"key": NAME})]


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"data": {"exists": False, "access": False}}, "secret_missing"),
        ({"data": {"exists": True, "access": True, "payload": ""}}, "secret_missing"),
        ({"data": {"exists": True, "access": False}}, "secret_no_access"),
        (None, "secret_timeout"),
        ({"error": f"something about {TOKEN}"}, "secret_unreadable"),
        (RuntimeError(f"something about {TOKEN}"), "secret_unreadable"),
    ],
)
def test_each_refusal_of_colab_is_explained(colab: Colab, says: Answer, code: str) -> None:
    colab.says = says
    error = refused("colab")
    assert error.code == code
    # Where it is there all the same, it is used: the user has named it.
    found = secrets.read(NAME, "colab", {NAME: TOKEN})
    assert found.origin == "the environment: NGROK_AUTHTOKEN"


def test_a_program_on_colab_is_told_that_secrets_are_for_cells(colab: Colab) -> None:
    colab.says = AttributeError("'NoneType' object has no attribute 'session'")
    error = refused("colab")
    assert error.code == "secret_unreadable"
    assert "notebook cells only" in error.info["cause"]


# Kaggle


@pytest.mark.parametrize("kind", ["colab", "kaggle"])
def test_a_machine_without_its_module_is_no_reason_to_fall_over(kind: str) -> None:
    error = refused(kind)
    assert error.code == "secret_unreadable"
    assert "ModuleNotFoundError" in error.info["cause"]


# Who reads, and when


def test_colab_s_page_is_asked_in_the_thread_of_its_message(
    colab: Colab, there: Make, fake: FakeBackend
) -> None:
    page = there()
    click(page, token="")
    assert colab.threads == [threading.current_thread()], "the kernel's main thread, at once"
    assert page.reply("r1") is None
    (asked,) = fake.asked(messages.Connect)
    assert (asked.token, asked.token_origin) == (TOKEN, "Colab's secrets: NGROK_AUTHTOKEN")
    click(page, token="")
    page.round_trip()
    assert len(colab.asked) == len(fake.asked(messages.Connect)) == 1, "a repeat is harmless"
    assert TOKEN not in f"{page.got}{page.snapshots}"


def test_a_refusal_of_colab_reaches_the_page_that_has_asked(
    colab: Colab, there: Make, fake: FakeBackend
) -> None:
    colab.says = {"data": {"exists": True, "access": False}}
    page = there()
    click(page)
    assert page.reply("r1")["code"] == "secret_no_access"
    assert not fake.asked(messages.Connect)


def test_what_was_typed_goes_before_what_was_named(
    colab: Colab, there: Make, fake: FakeBackend
) -> None:
    page = there()
    click(page, token=f"  {TOKEN} ")
    assert page.reply("r1") is None
    assert fake.asked(messages.Connect)[0].token == TOKEN
    assert fake.asked(messages.Connect)[0].token_origin == ""
    assert colab.asked == []


@pytest.mark.parametrize(
    "more",
    [
        {"options": {"tunnel": "direct", "address": "127.0.0.1"}},
        {"options": {"region": "mars"}},
        {"options": "none"},
    ],
)
def test_nothing_is_read_that_is_not_needed(
    colab: Colab, there: Make, fake: FakeBackend, more: dict[str, Any]
) -> None:
    page = there()
    page.say("connect", **{"request": "r1", "token_secret": NAME, **more})
    page.reply("r1")
    assert colab.asked == []
    assert all(asked.token == "" for asked in fake.asked(messages.Connect))


@pytest.mark.parametrize("phase", ["working", "connected", "reconnecting", "closing"])
@pytest.mark.parametrize("how", ["click", "unasked"])
def test_a_session_that_is_there_reads_no_secret(
    colab: Colab, there: Make, fake: FakeBackend, phase: str, how: str
) -> None:
    fake.change(phase=phase)
    page = there()
    if how == "click":
        click(page)
    else:
        page.bridge.auto_connect({}, NAME)
    page.reply("r1" if how == "click" else "unasked")
    assert colab.asked == []
    assert len(fake.asked(messages.Connect)) == (how == "click")


def test_without_a_click_the_secret_is_read_in_the_cell(
    colab: Colab, there: Make, fake: FakeBackend
) -> None:
    page = there()
    page.bridge.auto_connect({}, NAME)
    assert colab.threads == [threading.current_thread()]
    eventually(lambda: fake.asked(messages.Connect))
    assert fake.asked(messages.Connect)[0].token == TOKEN


def test_connect_in_python_reads_what_is_named_and_nothing_else(
    colab: Colab, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, "2another_token_that_nobody_has_named")
    monkeypatch.setattr("getpass.getpass", lambda question: TOKEN)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    fake.connected()
    api.connect(user="root")
    assert colab.asked == []
    assert fake.asked(messages.Connect)[0].token == TOKEN
    fake.snapshot.options = {"tunnel": "ngrok"}
    api.connect(user="root", token_secret=NAME)
    assert colab.asked == [], "a session is there"
    with pytest.raises(ColabWidgetError) as refusal:
        api.connect(token_secret="2" + NAME)
    assert refusal.value.code == "secret_name_invalid"
