"""Ctrl-C at each moment: what was begun is taken back, what was there before stays."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from colabwidget.control import operations
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.ipc import messages
from tests.kit.backend.fake_backend import FakeBackend

DIRECT = Options(tunnel="direct")
WITH_DESKTOP = Options(tunnel="direct", desktop=True)
NO_DESKTOP = {"phase": "idle", "error": None}


class Interrupting(FakeBackend):
    """Connects at once; presses Ctrl-C before it answers some requests, once for each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.at: set[str] = set()
        self.becomes: dict[str, str] = {}

    def answer(self, request: messages.Request) -> messages.Reply:
        if isinstance(request, messages.Connect) and self.snapshot.phase == "idle":
            self.connected()
        if request.type in self.becomes:
            self.change(phase=self.becomes[request.type])
        if request.type in self.at:
            self.at = self.at - {request.type}
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return super().answer(request)

    def undone(self) -> list[str]:
        """What it was asked to take back."""
        return [
            request.type
            for request in self.requests
            if isinstance(request, (messages.Cancel, messages.Disconnect))
            or (isinstance(request, messages.Desktop) and not request.on)
        ]


@pytest.fixture
def interrupting(runtime: Path) -> Iterator[Interrupting]:
    made = Interrupting()
    yield made
    made.close()


def there(backend: FakeBackend, desktop: str = "idle", phase: str = "connected") -> None:
    backend.connected()
    desktops = {**NO_DESKTOP, "phase": desktop}
    backend.change(phase=phase, options=DIRECT.as_dict(), desktop=desktops)


def interrupted(call: Callable[[], object]) -> None:
    with pytest.raises(KeyboardInterrupt):
        call()


def connect(options: Options = DIRECT) -> str:
    said = io.StringIO()
    interrupted(lambda: operations.open_connection(options, "", said))
    return said.getvalue()


@pytest.mark.parametrize("at", ["connect", "details"])
def test_a_session_that_was_begun_is_taken_back(interrupting: Interrupting, at: str) -> None:
    interrupting.at = {at}
    assert "Cancelling." in connect()
    assert interrupting.undone() == ["disconnect"]


def test_before_anything_was_asked_for_there_is_nothing_to_take_back(
    interrupting: Interrupting,
) -> None:
    interrupting.at = {"status"}
    assert connect() == ""
    assert {request.type for request in interrupting.requests} == {"status"}


def test_a_second_ctrl_c_does_not_stop_what_the_first_has_begun(
    interrupting: Interrupting,
) -> None:
    interrupting.at = {"connect", "disconnect"}
    connect()
    assert interrupting.undone() == ["disconnect"]


@pytest.mark.parametrize("phase", ["working", "connected", "reconnecting"])
@pytest.mark.parametrize("desktop", ["working", "connected", "reconnecting"])
def test_what_was_there_before_stays(interrupting: Interrupting, phase: str, desktop: str) -> None:
    there(interrupting, desktop, phase)
    interrupting.at = {"connect"}
    assert connect(WITH_DESKTOP) == ""
    interrupting.at = {"desktop"}
    interrupted(lambda: operations.set_desktop(True))
    assert interrupting.undone() == []


@pytest.mark.parametrize("desktop", ["idle", "failed"])
def test_of_a_desktop_that_was_added_only_the_desktop_is_taken_back(
    interrupting: Interrupting, desktop: str
) -> None:
    there(interrupting, desktop)
    interrupting.at = {"connect"}
    assert "Cancelling." in connect(WITH_DESKTOP)
    assert interrupting.undone() == ["desktop"]


def test_ctrl_c_while_a_desktop_is_removed_leaves_ssh_alone(interrupting: Interrupting) -> None:
    there(interrupting, "connected")
    interrupting.at = {"desktop"}
    interrupted(lambda: operations.set_desktop(False))
    assert interrupting.undone() == ["desktop"]


@pytest.mark.parametrize("then", ["failed", "connected"])
def test_what_was_kept_after_a_failure_stays_unless_the_door_is_open_again(
    interrupting: Interrupting, then: str
) -> None:
    interrupting.change(phase="failed", kept=True)
    interrupting.becomes = {"connect": "working", "cancel": then}
    interrupting.at = {"connect"}
    connect()
    assert interrupting.undone() == ["cancel", *(["disconnect"] if then == "connected" else [])]


def test_what_one_connection_does_not_understand_is_said_on_another(
    interrupting: Interrupting,
) -> None:
    interrupting.at = {"connect"}
    interrupting.refusals["disconnect"] = ColabWidgetError("message_invalid", reason="Half.")
    connect()
    assert interrupting.undone() == ["disconnect", "disconnect"]
