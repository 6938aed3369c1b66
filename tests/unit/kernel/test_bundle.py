"""The modules that draw the widgets, as a kernel sends them to its pages."""

from __future__ import annotations

import functools
import gzip
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colabwidget import ConnectWidget, Desktop, Terminal
from colabwidget.kernel import bundle, card
from colabwidget.kernel.bundle import BUNDLES, Bundles, BundleSender
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually
from tests.kit.widgets import threads

STATIC = ROOT / "colabwidget" / "static"
TEXT = (STATIC / "card.js").read_bytes()
HASH = hashlib.sha256(TEXT).hexdigest()[:16]
STUB_MAX = 4 * 1024  # bytes

Sent = list[tuple[dict[str, Any], list[bytes]]]
Make = Callable[..., BundleSender]


@pytest.fixture
def sent() -> Sent:
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of bundles that a test can change, of which nothing was read yet."""
    for path in STATIC.glob("*.js"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture
def make(folder: Path, sent: Sent) -> Make:
    """Makes senders of the card, all for one kernel that has sent nothing yet."""

    def send(content: dict[str, Any], buffers: list[bytes]) -> None:
        sent.append((content, buffers))

    return functools.partial(BundleSender, "card", send, Bundles(folder))


@pytest.fixture
def sender(make: Make) -> BundleSender:
    return make()


def test_a_page_gets_the_card_gzipped_and_by_its_hash(sender: BundleSender, sent: Sent) -> None:
    sender.send()
    (content, (packed,)) = sent[0]
    assert content == {"type": "bundle", "bundle": HASH}
    assert gzip.decompress(packed) == TEXT


def test_the_page_is_told_which_one_it_needs(sender: BundleSender) -> None:
    assert sender.named() == {"name": "card", "hash": HASH, "waits": True}


def test_a_page_is_told_of_the_first_widget_of_a_kernel_that_hears_it(
    make: Make, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "has_subshells", lambda: True)
    named = {"name": "card", "hash": HASH, "waits": False}
    first, second = make(), make()
    assert first.named() == {**named, "first": True}
    first.push()
    assert second.named() == named
    eventually(lambda: sent)


def test_a_page_that_is_here_has_no_view_to_be_served_yet(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "UNSHOWN", 600.0)

    class Widget(ConnectWidget):
        def send(self, content: Any, buffers: Any = None) -> None:
            sent.append((content, buffers))

    widget = Widget()
    try:
        widget._handle_custom_msg({"type": "here"}, [])
        assert not sent
        widget._handle_custom_msg({"type": "ready"}, [])
        assert eventually(lambda: sent)[0][0]["type"] == "state"
    finally:
        widget.close()
    eventually(lambda: not threads())


@pytest.mark.parametrize("widget", [ConnectWidget, Terminal, Desktop])
def test_a_notebook_stores_a_stub_of_a_few_kilobytes(widget: Callable[[], Any]) -> None:
    shown = widget()
    try:
        state = shown.get_state()
        assert state["_esm"] == (STATIC / "stub.js").read_text(encoding="utf-8")
        assert len(state["_esm"].encode()) < STUB_MAX
        assert not state.get("_css")
        name = state["_bundle"]["name"]
        text = (STATIC / f"{name}.js").read_bytes()
        assert state["_bundle"]["hash"] == hashlib.sha256(text).hexdigest()[:16]
    finally:
        shown.close()


@pytest.mark.parametrize("wanted", [HASH, "0" * 16, "", None, 5, ["x"]])
def test_whatever_a_page_asks_for_it_gets_the_one_that_is_here(
    wanted: object, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Widget(ConnectWidget):
        def send(self, content: Any, buffers: Any = None) -> None:
            sent.append((content, buffers))

    monkeypatch.setattr(card, "UNSHOWN", 600.0)
    widget = Widget()
    try:
        widget._handle_custom_msg({"type": "ready"}, [])  # nothing is sent unasked any more
        widget._handle_custom_msg({"type": "bundle", "bundle": wanted}, [])
        found = eventually(lambda: [each for each in sent if each[0]["type"] == "bundle"])
        assert found == [({"type": "bundle", "bundle": HASH}, [BUNDLES.current("card").packed])]
    finally:
        widget.close()


def test_a_page_that_is_heard_is_answered_and_sent_no_bundle_unasked(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes until a widget is served that no page shows."""
    monkeypatch.setattr(card, "UNSHOWN", 600.0)
    monkeypatch.setattr(bundle, "has_subshells", lambda: True)
    monkeypatch.setattr(BUNDLES, "pushed", set())

    class Widget(ConnectWidget):
        def send(self, content: Any, buffers: Any = None) -> None:
            sent.append((content, buffers))

    widget = Widget()
    try:
        widget._handle_custom_msg({"type": "ready"}, [])
        assert eventually(lambda: sent)[0][0]["type"] == "state"
        assert [content["type"] for content, _ in sent] == ["state"]
    finally:
        widget.close()
    eventually(lambda: not threads())


def test_a_page_changes_nothing_about_it() -> None:
    widget = ConnectWidget()
    try:
        widget.set_state({"_bundle": {"hash": "another"}})
        assert widget.get_state()["_bundle"]["hash"] == HASH
    finally:
        widget.close()


def test_an_upgrade_under_a_running_kernel_changes_no_bundle(
    folder: Path, make: Make, sender: BundleSender, sent: Sent
) -> None:
    before = sender.named()
    (folder / "card.js").write_text("export default () => 1;")
    later = make()
    assert sender.named() == later.named() == before
    later.send()
    assert gzip.decompress(sent[0][1][0]) == TEXT


def test_a_new_build_is_noticed_where_developers_ask_for_that(
    folder: Path, sender: BundleSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYWIDGET_HMR", "1")
    noticed = threading.Event()

    def changed() -> bool:
        noticed.set()
        return False

    before = sender.named()
    sender.follow_builds(changed)
    newer = b"export default () => 1;"
    (folder / "card.js").write_bytes(newer)
    assert noticed.wait(20)
    assert sender.named()["hash"] == hashlib.sha256(newer).hexdigest()[:16] != before["hash"]


def test_a_new_build_of_a_part_is_noticed_too(
    folder: Path, sender: BundleSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYWIDGET_HMR", "1")
    noticed = threading.Event()
    (folder / "session.js").write_text("export default () => 1;")
    sender.follow_builds(lambda: bool(noticed.set()), ("session",))
    (folder / "session.js").write_text("export default () => 2;")
    assert noticed.wait(20)


def test_elsewhere_nothing_looks_for_builds(
    sender: BundleSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANYWIDGET_HMR", raising=False)
    before = threading.active_count()
    sender.follow_builds(lambda: True)
    assert threading.active_count() == before


def test_a_kernel_that_may_not_hear_a_page_sends_it_unasked(make: Make, sent: Sent) -> None:
    """Until it has heard one; ever more seldom, as there may be no page at all."""
    sender = make(pause=0.01)
    sender.push()
    eventually(lambda: len(sent) > 2)
    sender.stop()
    count = len(sent)
    sender.push()  # it is shown once more
    eventually(lambda: len(sent) > count + 2)
    sender.stop()
    count = len(sent)
    eventually(lambda: not threads())
    assert len(sent) <= count + 1, "one may have been on its way"


def test_it_is_sent_ever_more_seldom(make: Make, sent: Sent) -> None:
    pauses: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            if len(pauses) == 12:
                self.set()
            return self.is_set()

    make(make_stop=Stop).push()
    eventually(lambda: not threads())
    assert len(sent) == len(pauses) == 12
    assert pauses == [pytest.approx(bundle.PUSH_PAUSE * 1.5**number) for number in range(12)]


def test_other_kernels_send_it_once(
    make: Make, sender: BundleSender, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For their first widget: a page keeps it, and another one can ask."""
    monkeypatch.setattr(bundle, "has_subshells", lambda: True)
    sender.push()
    eventually(lambda: sent and not threads())
    make().push()
    eventually(lambda: not threads())
    assert len(sent) == 1
    assert sender.named()["waits"] is False


def test_a_closed_channel_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def send(content: object, buffers: object) -> None:
        raise OSError("closed")

    BundleSender("card", send).send()
    assert "error" not in caplog.text.lower()
