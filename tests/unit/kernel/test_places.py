"""In how many places a card is open."""

from __future__ import annotations

import pytest

from colabwidget.kernel.places import FORGET, Places
from tests.kit.backend.widget_page import Page
from tests.kit.clock import Clock


class Clients:
    """Clients that are told a state now and then."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.places = Places(self.clock)
        self.sent = 100

    def comes(self, *names: str) -> None:
        """These say that they are there, and are sent the state, as all others are."""
        for name in names:
            self.places.note(name, self.sent, -1)
            self.sent += 1

    def see(self, *names: str) -> int:
        """A state is sent, and these have seen it; how many places there are then."""
        self.sent += 1
        for name in names:
            self.places.note(name, self.sent, self.sent)
        return self.places.count()


@pytest.fixture
def clients() -> Clients:
    return Clients()


def test_there_is_one_place_at_least(clients: Clients) -> None:
    assert clients.places.count() == 1
    clients.comes("a", "")
    assert clients.see("a", "") == 1


def test_two_that_answer_are_two(clients: Clients) -> None:
    clients.comes("a")
    clients.see("a")
    clients.comes("b")
    assert clients.see("b") == 1, "the first may be gone"
    assert clients.see("a", "b") == 2
    clients.comes("c")
    assert clients.see("c") == 2
    assert clients.see("a", "b", "c") == 3


def test_a_page_that_is_loaded_again_is_one(clients: Clients) -> None:
    """Whatever it is called then: the one before it sees nothing any more."""
    clients.comes("a")
    clients.see("a")
    for name in ("b", "c", "d"):
        clients.comes(name)
        for _ in range(5):
            assert clients.see(name) == 1


def test_one_of_two_that_is_loaded_again_makes_no_third(clients: Clients) -> None:
    clients.comes("a", "b")
    assert clients.see("a", "b") == 2
    for name in ("c", "d"):
        clients.comes(name)
        assert clients.see(name) == 2
        assert clients.see(name, "b") == 2


def test_one_that_is_gone_is_forgotten_and_may_come_back(clients: Clients) -> None:
    clients.comes("a", "b")
    assert clients.see("a", "b") == 2
    assert clients.see("a") == 2, "it may be slow"
    clients.clock.advance(FORGET + 1)
    assert clients.see("a") == 1
    clients.comes("b")
    assert clients.see("a", "b") == 2


def test_a_kernel_that_hears_none_for_long_forgets_none(clients: Clients) -> None:
    clients.comes("a", "b")
    clients.see("a", "b")
    clients.clock.advance(3600)
    assert clients.see() == 2
    assert clients.see("b", "a") == 2


def test_the_number_is_bounded(clients: Clients) -> None:
    names = [f"c{number}" for number in range(200)]
    clients.comes(*names)
    clients.see(*names)
    assert clients.see(*names) <= 50


def test_pages_are_told(page: Page) -> None:
    def see(*names: str) -> None:
        serial = page.got[-1]["serial"]
        for name in names:
            page.receive({"type": "seen", "view": f"v-{name}", "serial": serial}, None, name)
        page.round_trip_of_work()

    for name in ("a", "b"):
        page.receive({"type": "ready", "view": f"v-{name}", "serial": -1}, None, name)
        page.round_trip_of_work()
        see("a") if name == "a" else see("a", "b")
    assert page.wait(lambda message: message["places"] == 2)
    assert page.of("state")[0]["places"] == 1
