"""The types of the card's messages are what travels, and the front end's are made from them."""

from __future__ import annotations

import runpy
from functools import partial
from typing import Any, get_type_hints

import pytest

from colabwidget.core import card_messages
from colabwidget.kernel import bridge
from colabwidget.kernel.heartbeat import Heartbeat
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import Page
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually


def test_the_front_end_s_types_are_those_of_the_kernel() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "protocol.py"))["made"]()
    assert len(made) == 4
    for path, text in made.items():
        assert (ROOT / path).read_text() == text, "run make generate"


@pytest.mark.parametrize("kind", card_messages.KERNEL_MESSAGES, ids=lambda kind: kind.__name__)
def test_the_kernel_sends_what_the_types_say(
    kind: Any, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(bridge, "Heartbeat", partial(Heartbeat, busy=lambda: True))
    monkeypatch.setattr("shutil.which", lambda name: None)  # no graphics card is asked
    page = Page(clicks_wait=True)
    request.addfinalizer(page.bridge.close)
    fields = get_type_hints(kind)
    (name,) = fields["type"].__args__
    fake.connected()
    fake.print("a line")
    page.say("ready", view="v", serial=0)
    page.wait(lambda message: message["state"]["details_revision"])
    page.say("log_since", epoch="fake", **{"from": 0})
    page.say("load")
    page.reveal()
    page.say("reveal", view="v", curve="", point="")
    page.say("reveal", view="v", curve="?", point="")
    eventually(lambda: [each for each in page.got if each["type"] == name])
    for message in [each for each in page.got if each["type"] == name]:
        assert set(message) == set(fields)
