"""The second half of the front end, which a page asks for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from colabwidget import hosts
from colabwidget.kernel import outbox
from colabwidget.kernel.bridge import Bridge
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import Page
from tests.kit.machine.machine import ROOT, eventually

STATIC = ROOT / "colabwidget" / "static"
TEXT = (STATIC / "parts.js").read_text(encoding="utf-8")
HASH = hashlib.sha256(TEXT.encode()).hexdigest()[:16]


def test_a_page_gets_what_it_asks_for(page: Page) -> None:
    page.say("part", hash=HASH)
    message = page.wait(lambda message: True, "part")
    assert (message["hash"], message["text"]) == (HASH, TEXT)
    assert type(message["serial"]) is int


def test_the_first_half_asks_for_the_second_that_is_there() -> None:
    assert f'"{HASH}"' in (STATIC / "widget.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("wanted", ["0" * 16, "", None, 5, ["x"]])
def test_a_page_of_another_version_is_told_which_one_is_here(page: Page, wanted: object) -> None:
    page.say("part", hash=wanted)
    assert page.wait(lambda message: True, "part")["hash"] == HASH


def test_an_upgrade_under_a_running_kernel_parts_no_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old widgets get the old one, new ones (`npm run dev`) the new one."""
    monkeypatch.setattr(outbox, "_parts", dict(outbox._parts))
    newer = tmp_path / "parts.js"
    newer.write_text("export default () => 1;")
    monkeypatch.setattr(outbox, "_PART", newer)
    new = hashlib.sha256(newer.read_bytes()).hexdigest()[:16]
    assert outbox.part(HASH) == {"hash": HASH, "text": TEXT}
    assert outbox.part(new) == {"hash": new, "text": newer.read_text()}
    assert outbox.part(HASH)["hash"] == HASH
    assert outbox.part("of no version")["hash"] == new


def test_a_kernel_that_may_not_hear_a_page_sends_it_unasked(fake: FakeBackend) -> None:
    """Until it has heard one; ever more seldom, as nobody may be there at all."""
    got: list[dict[str, Any]] = []

    def of(kind: str) -> list[dict[str, Any]]:
        return [message for message in got if message["type"] == kind]

    bridge = Bridge(
        send=got.append,
        on_snapshot=lambda snapshot: None,
        host=hosts.detect({}),
        add_python_options=lambda options: options,
        clicks_wait=True,
    )
    bridge.start()
    try:
        assert eventually(lambda: of("part"))[0]["hash"] == HASH
        for number in range(100):
            fake.change(elapsed=number)
        eventually(lambda: len(of("state")) > 100)
        assert len(of("part")) < 10
        bridge.receive({"type": "ready", "view": "a"})
        before = len(eventually(lambda: len(of("state")) > 101 and of("part")))
        vars(bridge)["_part_at"] = 0.0  # the next one is due
        fake.change(elapsed=1000)
        eventually(lambda: of("state")[-1]["state"]["elapsed"] == 1000)
        assert len(of("part")) == before
    finally:
        bridge.close()


def test_other_kernels_wait_until_they_are_asked(page: Page) -> None:
    page.wait(lambda message: True)
    page.round_trip()
    assert page.of("part") == []
