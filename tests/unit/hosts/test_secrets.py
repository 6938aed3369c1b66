"""Tokens by name: from Colab's and Kaggle's secrets and the environment, and only when asked."""

from __future__ import annotations

import importlib
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from colabwidget import api, hosts
from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts import secrets
from colabwidget.ipc import messages
from colabwidget.kernel.bridge import Bridge
from tests.doubles.kaggle_service import KaggleService
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import TOKEN, Page
from tests.kit.machine.machine import ROOT, eventually

NAME = "NGROK_AUTHTOKEN"
DOUBLES = ROOT / "tests" / "doubles"
COLAB = {"COLAB_RELEASE_TAG": "release", "TBE_RUNTIME_ADDR": "172.28.0.1:8011"}

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
    monkeypatch.syspath_prepend(str(DOUBLES / "colab"))
    page = Colab()
    importlib.import_module("google.colab._message").answer = page.answer
    for name, value in COLAB.items():
        monkeypatch.setenv(name, value)
    yield page
    for name in [name for name in sys.modules if name.split(".")[0] == "google"]:
        del sys.modules[name]


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


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)


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


def test_kaggle_s_secret_comes_from_its_service(kaggle: KaggleService) -> None:
    found = secrets.read(NAME, "kaggle", {})
    assert found.token.reveal() == TOKEN
    assert found.origin == "Kaggle's secrets: NGROK_AUTHTOKEN"
    asked = {"Label": NAME, "JWE": "the notebook's key"}
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
        module.TIMEOUT_SECS = 0.2
        assert refused("kaggle").code == "secret_timeout"


def test_a_notebook_without_a_key_to_kaggle_s_secrets_has_no_access(
    kaggle: KaggleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAGGLE_USER_SECRETS_TOKEN")
    assert refused("kaggle").code == "secret_no_access"
    assert kaggle.asked == []


@pytest.mark.parametrize("kind", ["colab", "kaggle"])
def test_a_machine_without_its_module_is_no_reason_to_fall_over(kind: str) -> None:
    error = refused(kind)
    assert error.code == "secret_unreadable"
    assert "ModuleNotFoundError" in error.info["cause"]


# Who reads, and when


class ColabPage(Page):
    """The pages of a widget on Colab."""

    def __init__(self, environment: dict[str, str] = COLAB) -> None:
        self.got, self.snapshots = [], []
        self.bridge = Bridge(
            send=self.got.append,
            on_snapshot=self.snapshots.append,
            host=hosts.detect(environment),
            add_python_options=lambda options: options,
            clicks_wait=True,
        )
        self.bridge.start()


@pytest.fixture
def there(fake: FakeBackend) -> Iterator[Callable[..., ColabPage]]:
    """Pages that a backend is there for."""
    made: list[ColabPage] = []

    def make(*environment: dict[str, str]) -> ColabPage:
        made.append(ColabPage(*environment))
        return made[-1]

    yield make
    for page in made:
        page.bridge.close()


Make = Callable[..., ColabPage]


def click(page: Page, request: str = "r1", **more: Any) -> None:
    page.say("connect", request=request, options={}, token_secret=NAME, **more)


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


def test_kaggle_s_service_never_holds_the_kernel_s_thread(
    kaggle: KaggleService, there: Make, fake: FakeBackend
) -> None:
    page = there({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"})
    kaggle.pause()
    click(page)
    kaggle.go_on()
    assert page.reply("r1") is None
    assert fake.asked(messages.Connect)[0].token == TOKEN


def test_connect_in_python_reads_what_is_named_and_nothing_else(
    colab: Colab, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, "2another_token_that_nobody_has_named")
    monkeypatch.setattr("getpass.getpass", lambda question: TOKEN)
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
