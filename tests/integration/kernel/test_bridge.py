"""The bridge and a real backend that was lost, or is of another version."""

from __future__ import annotations

from pathlib import Path

from colabwidget.ipc import client
from colabwidget.system import paths
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.older_version import install_older
from tests.kit.backend.widget_page import Page
from tests.kit.backend.wire import Spawned, wait_until_unlocked


def test_after_a_loss_one_can_connect_again(fake: FakeBackend, page: Page) -> None:
    fake.connected()
    page.phase("connected")
    fake.close()
    page.phase("failed")
    # root without a key is refused by the real backend, which is started now.
    page.connect("r9", user="root")
    assert page.reply("r9") is None
    failed = page.wait(
        lambda message: (
            (message["state"]["error"] or {}).get("code")
            in ("public_key_needed", "no_root_other_user")
        )
    )
    assert failed["state"]["epoch"] not in ("", "fake")
    found = client.find()
    assert found
    found.stop()
    wait_until_unlocked()


def test_a_backend_of_another_version_is_ended_by_a_click(runtime: Path, tmp_path: Path) -> None:
    old = Spawned.start(install_older(tmp_path / "old"))
    page = Page()
    page.wait(lambda message: (message["state"]["error"] or {}).get("code") == "backend_version")
    for _ in range(2):
        page.say("restart", request="r1")
    assert page.reply("r1") is None
    state = page.of("state")[-1]["state"]
    assert (state["phase"], state["error"]) == ("idle", None)
    assert not paths.socket_path().exists()
    wait_until_unlocked()

    # Nothing was started; the next Connect is answered by a backend of our version.
    page.connect("r2", user="root")
    assert page.reply("r2") is None
    page.wait(lambda message: message["state"]["epoch"] not in ("", old.epoch))
    # A click of another page that comes late ends nothing.
    found = client.find()
    assert found
    page.say("restart", request="r3")
    assert page.reply("r3") is None
    assert found.status()["snapshot"]["epoch"] == found.epoch
    page.bridge.close()
    found.stop()
    wait_until_unlocked()
