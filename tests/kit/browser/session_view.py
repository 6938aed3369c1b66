"""A session as a widget must show it, compared with what a terminal says of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.fault_matrix import Scene
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually


def scene_of(machine: Machine, folder: Path) -> Scene:
    """A scene on the machine of a notebook server, whose kernels name its folder as well."""
    return Scene(machine, folder, mark=machine.environment["XDG_RUNTIME_DIR"])


def shows(card: Card, scene: Scene, within: float) -> None:
    """The widget shows the session: its details, and its log from the first line."""
    card.notebook.page.bring_to_front()
    expect(card.root).to_have_attribute("data-phase", "connected", timeout=within * 1000)
    found = card.details()["ssh"]
    assert found == {name: scene.details["ssh"][name] for name in found}
    journal = scene.journal().rstrip("\n").split("\n")

    def shows_log() -> bool:
        # That of the session, which ends where the journal does.
        log = card.whole_log()
        return len(log) > 3 and journal[-len(log) :] == log

    eventually(shows_log, what=lambda: f"not: {journal}")
