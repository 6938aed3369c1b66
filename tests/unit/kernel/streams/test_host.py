"""What is shown inside the card, from Python and for its pages."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from colabwidget import ColabWidgetError, ConnectWidget, connect
from colabwidget.control.operations import open_connection
from colabwidget.core.options import NO_TUNNEL, Options
from colabwidget.ipc import messages
from colabwidget.kernel.identity import identity
from colabwidget.system import paths
from colabwidget.tunnels import validation
from colabwidget.widgets.desktop import Desktop
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually

STATIC = ROOT / "colabwidget" / "static"


class Overheard(ConnectWidget):
    """Keeps what its pages are told."""

    def send(self, content: Any, buffers: Any = None) -> None:
        self.__dict__.setdefault("told", []).append((content, buffers))

    def of(self, kind: str) -> list[Any]:
        return [each for each in vars(self).get("told", ()) if each[0]["type"] == kind]

    def hear(self, what: str, **content: object) -> None:
        data = {"method": "custom", "content": {"type": what, **content}}
        self._handle_msg({"content": {"data": data}, "buffers": []})

    def inside(self) -> dict[str, bool]:
        states = self.of("state")
        return dict(states[-1][0]["inside"]) if states else {}


@pytest.fixture
def widget(runtime: Path) -> Iterator[Overheard]:
    widget = Overheard(tunnel=None)
    yield widget
    widget.close()


def test_no_tunnel_is_a_tunnel_of_its_own(widget: Overheard) -> None:
    assert widget.tunnel == NO_TUNNEL == "none"
    widget.tunnel = "direct"
    widget.tunnel = None
    assert widget.tunnel == NO_TUNNEL
    # The others can be set as before: whether they go together is seen at Connect.
    widget.desktop, widget.geometry = True, "800x600"
    widget.ssh = widget.desktop = False
    widget.user = "ada"
    assert widget.get_state("tunnel")["tunnel"] == NO_TUNNEL


def test_a_session_that_is_only_here_has_a_desktop(runtime: Path) -> None:
    assert not validation.checked(Options(tunnel=NO_TUNNEL, desktop=True)).ssh
    with pytest.raises(ColabWidgetError) as caught:
        validation.checked(Options(tunnel=NO_TUNNEL))
    assert caught.value.code == "nothing_chosen"


def test_a_terminal_opens_by_itself_and_needs_no_session(fake: FakeBackend, runtime: Path) -> None:
    widget = Overheard(tunnel=None, auto_connect=True)
    try:
        widget.hear("ready", view="v", serial=-1)
        eventually(lambda: widget.inside() == {"terminal": True})
        assert not fake.asked(messages.Connect)
    finally:
        widget.close()


def test_a_desktop_opens_by_itself_without_ssh_and_the_form_keeps_its_choice(
    fake: FakeBackend, runtime: Path
) -> None:
    widget = Overheard(tunnel=None, desktop=True, auto_connect=True)
    try:
        widget.hear("ready", view="v", serial=-1)
        (asked,) = eventually(lambda: fake.asked(messages.Connect))
        assert asked.options["tunnel"] == NO_TUNNEL and asked.options["desktop"]
        assert not asked.options["ssh"] and asked.token == ""
        fake.change(phase="connected", options=asked.options)
        eventually(lambda: widget.phase == "connected")
        assert widget.ssh, "the terminal stays chosen"
        assert widget.connection is None
    finally:
        widget.close()


def test_what_a_page_opens_and_closes_is_told_to_all(widget: Overheard) -> None:
    widget.hear("show", kind="terminal", on=True)
    eventually(lambda: widget.inside() == {"terminal": True})
    widget.hear("show", kind="desktop", on=True)
    widget.hear("show", kind="terminal", on=False)
    eventually(lambda: widget.inside() == {"terminal": False, "desktop": True})
    widget.hear("show", kind="the moon", on=True)
    widget.hear("show")
    widget.hear("ready", view="v", serial=-1)
    assert widget.inside() == {"terminal": False, "desktop": True}


@pytest.mark.parametrize("kind", ["desktop", "terminal"])
def test_a_page_gets_the_module_that_draws_it(widget: Overheard, kind: str) -> None:
    text = (STATIC / f"{kind}.js").read_bytes()
    name = hashlib.sha256(text).hexdigest()[:16]

    widget.hear("inside", kind=kind, content={"type": "ready", "page": "p"})
    widget.hear("inside", kind=kind, content={"type": "bundle", "bundle": name})

    (hello, _), (bundle, (packed,)) = widget.of("inside")
    assert hello["kind"] == bundle["kind"] == kind
    assert hello["content"]["type"] == "hello" and hello["content"]["page"] == "p"
    assert hello["content"]["kernel"] == identity()
    assert hello["content"]["bundle"] == bundle["content"]["bundle"] == name
    assert gzip.decompress(packed) == text


@pytest.mark.parametrize(
    "content", [{}, {"kind": "moon", "content": {"type": "ready"}}, {"kind": "desktop"}]
)
def test_what_is_no_message_is_ignored(widget: Overheard, content: dict[str, Any]) -> None:
    widget.hear("inside", **content)
    widget.hear("inside", kind="terminal", content="ready")
    assert not widget.of("inside")


def test_connect_without_a_tunnel_gives_the_desktop_to_show(fake: FakeBackend) -> None:
    fake.change(phase="connected", desktop={"phase": "connected", "error": None})
    desktop = connect(tunnel=None, geometry="1024x700", vnc="tigervnc", progress=StringIO())
    assert isinstance(desktop, Desktop)
    desktop.close()
    (asked,) = fake.asked(messages.Connect)
    wanted = {"tunnel": NO_TUNNEL, "ssh": False, "desktop": True, "geometry": "1024x700"}
    assert {name: asked.options[name] for name in wanted} == wanted


def test_a_desktop_that_does_not_come_up_is_an_error(fake: FakeBackend) -> None:
    error = ColabWidgetError("vnc_failed", reason="It ended.").info
    fake.change(phase="connected", desktop={"phase": "failed", "error": error})
    with pytest.raises(ColabWidgetError) as caught:
        connect(tunnel=None, progress=StringIO())
    assert caught.value.code == "vnc_failed"


def test_the_command_line_has_no_use_for_a_desktop_in_a_notebook(runtime: Path) -> None:
    options = validation.checked(Options(tunnel=NO_TUNNEL, desktop=True))
    with pytest.raises(ColabWidgetError) as caught:
        open_connection(options, "")
    assert caught.value.code == "tunnel_unknown"
    assert not paths.socket_path().exists(), "no backend was started for it"
