"""What the pages of a widget are told, and what they may ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from colabwidget import hosts
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts.environment import SESSION_VARIABLES
from colabwidget.ipc import messages
from colabwidget.system import paths
from tests.kit.backend.fake_backend import HOST_KEY, PASSWORD, FakeBackend
from tests.kit.backend.widget_page import TOKEN, Page
from tests.kit.waiting import eventually


@pytest.mark.parametrize("clicks_wait", [True, False])
def test_a_page_that_cannot_ask_yet_sees_what_a_cell_has_asked_for(
    fake: FakeBackend, request: pytest.FixtureRequest, clicks_wait: bool
) -> None:
    """In a cell that goes on, where the kernel hears its pages between cells."""
    page = Page(clicks_wait=clicks_wait)
    request.addfinalizer(page.bridge.close)
    page.bridge.auto_connect({"tunnel": "direct"}, "")
    fake.connected()
    page.wait(lambda message: message["state"]["details_revision"])
    if not clicks_wait:
        page.round_trip_of_work()
        assert not page.of("details")
        return
    shown = page.wait(lambda message: message["view"] == "", "details")
    assert shown["details"]["ssh"]["password"]
    # Once a page has been heard, they are for that one.
    page.reveal()
    page.wait(lambda message: message.get("view") != "", "details")
    seen = len([each for each in page.got if each["type"] == "details"])
    fake.connected()
    page.round_trip_of_work()
    assert len([each for each in page.got if each["type"] == "details"]) == seen


def test_a_page_that_listens_is_told_all_it_needs(page: Page) -> None:
    page.say("ready")
    message = page.wait(lambda message: True)
    assert message["state"] == vars(Snapshot())
    assert message["host"] == hosts.detect({}).as_dict()
    assert (message["last_reply"], message["clicks_wait"]) == (None, False)


def test_a_backend_that_runs_already_is_found(fake: FakeBackend, page: Page) -> None:
    fake.connected()
    page.phase("connected")
    page.reveal()
    assert page.wait(lambda message: True, "details")["details"]["ssh"]["password"] == PASSWORD
    assert eventually(lambda: page.snapshots)[-1].epoch == "fake"


@pytest.mark.usefixtures("hasty")
def test_a_backend_that_comes_later_is_found_too(page: Page, runtime: Path) -> None:
    page.round_trip()
    fake = FakeBackend()
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    fake.close()


def test_connect_reaches_the_backend_with_what_was_asked_for(fake: FakeBackend, page: Page) -> None:
    page.say(
        "connect",
        request="r1",
        options={"tunnel": "ngrok", "region": "eu"},
        token=f" ngrok config add-authtoken {TOKEN}\n",
        public_key="",
    )
    assert page.reply("r1") is None
    (request,) = fake.asked(messages.Connect)
    assert request.token == TOKEN
    assert (request.options["region"], request.options["address"]) == ("eu", "127.0.0.1")
    assert set(request.environment) <= set(SESSION_VARIABLES)


def test_a_tunnel_that_needs_no_token_is_given_none(fake: FakeBackend, page: Page) -> None:
    page.connect()
    assert page.reply("r1") is None
    assert fake.asked(messages.Connect)[0].token == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"options": {}, "token": ""}, "token_missing"),
        ({"options": {}}, "token_missing"),
        ({"options": {}, "token": "two words"}, "token_unusable"),
        ({"options": {"region": "mars"}, "token": TOKEN}, "region_unknown"),
        ({"options": {"ssh": False}, "token": TOKEN}, "nothing_chosen"),
        ({"options": {"tunnel": 1}, "token": TOKEN}, "options_invalid"),
        ({"options": None, "token": TOKEN}, "options_invalid"),
        ({"token": TOKEN}, "options_invalid"),
        ({"options": {}, "public_key": "ssh-ed25519 AAAA", "token": TOKEN}, "public_key_broken"),
        ({"options": {}, "public_key": 5, "token": TOKEN}, "options_invalid"),
    ],
)
def test_what_cannot_be_used_starts_no_backend(
    page: Page, runtime: Path, content: dict[str, Any], code: str
) -> None:
    page.say("connect", request="r1", **content)
    assert page.reply("r1")["code"] == code
    assert not paths.socket_path().exists()
    assert TOKEN not in json.dumps(page.got)


def test_a_file_of_keys_is_read_here_and_its_keys_are_what_the_backend_gets(
    fake: FakeBackend, page: Page, tmp_path: Path
) -> None:
    (tmp_path / "authorized_keys").write_text(f"# mine\n{HOST_KEY} laptop\n")
    typed = f"{tmp_path}/authorized_keys\ngithub:octocat"
    page.say("connect", request="r1", options={"tunnel": "direct"}, public_key=typed)
    assert page.reply("r1") is None
    (request,) = fake.asked(messages.Connect)
    assert request.options["public_key"] == f"{HOST_KEY} laptop\ngithub:octocat"


def test_a_file_with_a_private_key_goes_to_nobody(
    fake: FakeBackend, page: Page, tmp_path: Path
) -> None:
    body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"
    (tmp_path / "id").write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n")
    page.say("connect", request="r1", options={"tunnel": "direct"}, public_key=f"{tmp_path}/id")
    assert page.reply("r1")["code"] == "public_key_private"
    assert fake.asked(messages.Connect) == []
    assert body not in json.dumps(page.got)


def test_a_request_that_comes_twice_is_carried_out_once(fake: FakeBackend, page: Page) -> None:
    for _ in range(3):
        page.connect("r1")
    page.connect("r2")
    page.say("disconnect", request="r3", force=True)
    page.say("disconnect", request="r3", force=True)
    page.connect("r1")
    assert page.reply("r3") is None
    page.round_trip()
    assert len(fake.asked(messages.Connect)) == 2
    assert [request.force for request in fake.asked(messages.Disconnect)] == [True]


def test_the_answer_travels_with_every_state_until_another(fake: FakeBackend, page: Page) -> None:
    fake.refusals["disconnect"] = ColabWidgetError("clients_connected", clients="One client is")
    page.connect("r1")
    page.reply("r1")
    page.say("disconnect", request="r2")
    assert page.reply("r2")["code"] == "clients_connected"
    page.round_trip()
    assert page.of("state")[-1]["last_reply"]["request"] == "r2"


@pytest.mark.parametrize("kind", ["cancel", "disconnect", "desktop"])
def test_without_a_backend_there_is_nothing_to_end(page: Page, kind: str) -> None:
    page.say(kind, request="r1")
    assert page.reply("r1")["code"] == "not_connected"
    assert not paths.socket_path().exists()


@pytest.mark.parametrize("on", [True, False])
def test_a_desktop_is_added_and_removed(fake: FakeBackend, page: Page, on: bool) -> None:
    fake.connected()
    page.phase("connected")
    # What else the form holds by now does not count; for a removal nothing does.
    form = {"geometry": "800x600" if on else "?", "depth": 16, "vnc": "tigervnc", "ssh": False}
    page.say("desktop", request="d1", on=on, options={**form, "desktop": False, "user": ""})

    assert page.reply("d1") is None
    (asked,) = fake.asked(messages.Desktop)
    desktop = {"geometry": "800x600", "depth": 16, "vnc": "tigervnc"}
    assert (asked.on, asked.options) == (on, desktop if on else {})


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"geometry": "?"}, "geometry_invalid"),
        ({"depth": 7}, "depth_invalid"),
        ({"depth": "24"}, "options_invalid"),
        ({"vnc": "x"}, "vnc_unknown"),
        ("none", "options_invalid"),
    ],
)
def test_a_desktop_that_cannot_be_is_refused(
    fake: FakeBackend, page: Page, options: object, code: str
) -> None:
    fake.connected()
    page.phase("connected")
    page.say("desktop", request="d1", on=True, options=options)
    assert page.reply("d1")["code"] == code
    assert not fake.asked(messages.Desktop)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({}, ("None", False, "", 30)),
        (
            {"sees": "shell", "typing": True, "key": "github:NAME", "minutes": 60},
            ("shell", True, "github:NAME", 60),
        ),
        (
            {"sees": "desktop", "typing": 1, "key": ["x"], "minutes": "5"},
            ("desktop", False, "", 30),
        ),
    ],
)
def test_a_guest_is_invited_and_an_invitation_revoked(
    fake: FakeBackend, page: Page, said: dict[str, Any], asked: tuple[Any, ...]
) -> None:
    fake.connected()
    page.phase("connected")
    page.say("invite", request="i1", **said)
    assert page.reply("i1") is None
    (one,) = fake.asked(messages.Invite)
    assert (one.sees, one.typing, one.key, one.minutes) == asked
    page.say("revoke", request="i2", name="guest-1")
    assert page.reply("i2") is None
    assert [each.name for each in fake.asked(messages.Revoke)] == ["guest-1"]


def test_a_page_that_missed_lines_asks_for_them(fake: FakeBackend, page: Page) -> None:
    fake.print("one", "two", "three")
    page.wait(lambda message: message["state"]["log_end"] == 3)
    page.say("log_since", **{"from": 1})
    log = page.wait(lambda message: message["from"] == 1, "log")
    assert (log["epoch"], log["count"], log["end"], log["text"]) == ("fake", 2, 3, "two\nthree")


def test_lines_that_are_lost_keep_their_places(page: Page, fake: FakeBackend) -> None:
    fake.print(*(f"line {number}" for number in range(100)))
    fake.lost = 90
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    page.say("log_since", **{"from": 7})
    gap = page.wait(lambda message: message["from"] == 7, "log")
    assert gap["text"].split("\n") == ["(lines are missing)", *[""] * 81]
    assert gap["count"] == 82
    page.say("log_since", **{"from": 89})
    rest = page.wait(lambda message: message["from"] == 89, "log")
    assert rest["text"].split("\n")[1:] == [f"line {number}" for number in range(90, 100)]


def test_lines_that_come_are_passed_on(fake: FakeBackend, page: Page) -> None:
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    fake.print("one", "two")
    log = page.wait(lambda message: True, "log")
    assert (log["from"], log["count"], log["end"], log["text"]) == (0, 2, 2, "one\ntwo")


def test_every_message_has_a_greater_number(fake: FakeBackend, page: Page) -> None:
    page.reveal()
    fake.connected()
    fake.print("one")
    page.phase("connected")
    page.wait(lambda message: True, "details")
    page.round_trip()
    serials = [message["serial"] for message in page.got]
    assert serials == sorted(set(serials))


def test_secrets_reach_only_the_view_that_asks(fake: FakeBackend, page: Page) -> None:
    page.say("connect", request="r1", options={"tunnel": "ngrok"}, token=TOKEN)
    page.reply("r1")
    fake.connected()
    page.phase("connected")
    page.say("ready", view="other", serial=-1)
    page.round_trip()
    assert not page.of("sealed") + page.of("details"), "none has asked"
    page.reveal("one")
    page.reveal("two")
    eventually(lambda: {message["view"] for message in page.of("details")} == {"one", "two"})
    assert all(message["details"]["ssh"]["password"] == PASSWORD for message in page.of("details"))
    for message in page.got:
        assert TOKEN not in str(message) and PASSWORD not in str(message)
    for snapshot in page.snapshots:
        assert PASSWORD not in str(vars(snapshot)) and TOKEN not in str(vars(snapshot))


def test_new_details_are_told_to_views_that_have_asked(fake: FakeBackend, page: Page) -> None:
    page.reveal()
    fake.connected("the-first-password")
    page.wait(lambda message: "the-first" in str(message), "details")
    fake.connected("the-second-password")
    page.wait(lambda message: "the-second" in str(message), "details")
    assert "the-" not in str(page.got)


def test_details_that_all_can_read_are_sent_once_for_each_click(
    fake: FakeBackend, page: Page
) -> None:
    fake.connected("the-first-password")
    page.phase("connected")
    page.say("reveal", view="v", curve="", point="")
    (message,) = eventually(lambda: page.of("details"))
    assert (message["view"], message["details"]["ssh"]["password"]) == ("v", "the-first-password")
    fake.connected("the-second-password")
    page.wait(lambda message: message["state"]["details_revision"] == 2)
    page.round_trip_of_work()
    assert "the-second" not in str(page.got)


@pytest.mark.parametrize("said", [{"curve": "X25519", "point": "AAAA"}, {"curve": "?"}, {}])
def test_a_key_that_is_none_is_answered(
    fake: FakeBackend, page: Page, said: dict[str, Any]
) -> None:
    fake.connected()
    page.phase("connected")
    page.say("reveal", view="v", **said)
    (answer,) = eventually(lambda: page.of("cannot_seal"))
    curve = said.get("curve", "None")
    assert (answer["view"], answer["curve"], answer["reason"]) == ("v", curve, "key")
    assert PASSWORD not in str(page.got)


def test_keys_without_number_are_not_kept(fake: FakeBackend, page: Page) -> None:
    for number in range(70):
        page.reveal(f"v{number}")
    fake.connected()
    page.wait(lambda message: message["view"] == "v69", "details")
    assert len(page.of("sealed")) == 50


def test_nothing_is_revealed_where_nothing_is_open(fake: FakeBackend, page: Page) -> None:
    page.reveal()
    page.say("reveal", view="v", curve="", point="")
    page.say("log_since", **{"from": "start"})
    page.round_trip()
    assert page.of("sealed") == page.of("details") == page.of("log") == []
