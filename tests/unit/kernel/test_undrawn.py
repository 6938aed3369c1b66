"""When a cell says that no page has drawn its widget, and when it takes that back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from colabwidget.kernel.undrawn import Reply, UndrawnNotes
from tests.kit.clock import Clock

LAB = {"cellId": "8d0e", "deletedCells": []}
STEP = 0.5
NOTE: Reply = (4.0, {"text/html": "<p>note</p>"})


class Kernel:
    """A kernel whose loop runs when a test lets time pass, unless a cell or a callback holds it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[tuple[float, Callable[..., object], tuple[object, ...]]] = []
        self._events: dict[str, Callable[..., object]] = {}
        self.io_loop = self
        self.events = SimpleNamespace(register=self._events.__setitem__)
        publisher = SimpleNamespace(session=self, pub_socket=None, topic=b"")
        self.shell = SimpleNamespace(events=self.events, display_pub=publisher)
        self.parent_message: dict[str, Any] = {}
        self.sent: list[tuple[str, str, str, str]] = []

    # What the product calls

    def get_parent(self, channel: str) -> dict[str, Any]:
        return self.parent_message

    def add_callback(self, callback: Callable[..., object], *arguments: object) -> None:
        self.call_later(0, callback, *arguments)

    def call_later(self, pause: float, callback: Callable[..., object], *arguments: object) -> None:
        self._due.append((self._clock.now + pause, callback, arguments))

    def send(self, socket: object, kind: str, content: Any, parent: Any, ident: bytes) -> None:
        name = content["transient"]["display_id"]
        self.sent.append((kind, content["data"]["text/html"], name, parent["header"]["msg_id"]))

    # What a test does

    def begin_cell(self, metadata: dict[str, Any] = LAB, username: str = "") -> None:
        header = {"msg_type": "execute_request", "username": username, "msg_id": "cell"}
        self.parent_message = {"header": header, "metadata": metadata, "content": {"code": "1"}}
        self._tell("pre_run_cell")

    def end_cell(self) -> None:
        self._tell("post_run_cell")
        self.wait(0)

    def _tell(self, event: str) -> None:
        if event in self._events:
            self._events[event](None)

    def hold(self, seconds: float) -> None:
        """Let time pass in which the loop does nothing."""
        self._clock.advance(seconds)
        self._run_due()

    def wait(self, seconds: float) -> None:
        """Let time pass while the loop runs."""
        end = self._clock.now + seconds
        self._run_due()
        while self._clock.now < end:
            self._clock.advance(STEP)
            self._run_due()

    def _run_due(self) -> None:
        due = [each for each in self._due if each[0] <= self._clock.now]
        self._due = [each for each in self._due if each[0] > self._clock.now]
        for _, callback, arguments in due:
            callback(*arguments)
        for thread in threading.enumerate():
            if thread.name == "colabwidget-undrawn":
                thread.join()

    @property
    def is_watched(self) -> bool:
        return bool(self._due)


class Case:
    def __init__(self, reply: Reply | None = NOTE) -> None:
        self.clock = Clock()
        self.kernel = Kernel(self.clock)
        self.asked: list[bool] = []

        def find(kernel: object, instead: str, shown: bool) -> Reply | None:
            self.asked.append(shown)
            return reply

        self.notes = UndrawnNotes(lambda: self.kernel, find, self.clock)

    def display(self, owner: str = "one", **cell: Any) -> None:
        self.kernel.begin_cell(**cell)
        self.notes.watch(owner, "colabwidget.connect()")
        self.kernel.end_cell()


def test_a_display_without_an_answer_gets_a_note_that_an_answer_empties() -> None:
    case = Case()
    case.display()
    case.kernel.wait(3)
    assert case.kernel.sent == []
    case.kernel.wait(3)
    ((kind, html, name, cell),) = case.kernel.sent
    assert (kind, html, cell) == ("display_data", "<p>note</p>", "cell")
    assert not case.kernel.is_watched, "nothing is left to do"

    case.notes.hear()
    assert case.kernel.sent[1:] == [("update_display_data", "", name, "cell")]
    case.display("two")
    case.kernel.wait(60)
    assert len(case.kernel.sent) == 2, "the page that was heard can draw"


def test_an_answer_in_time_leaves_the_cell_as_it_is() -> None:
    case = Case()
    case.display()
    case.kernel.wait(3)
    case.notes.hear()
    case.kernel.wait(60)
    assert case.kernel.sent == []
    assert not case.kernel.is_watched


def test_a_kernel_that_could_hear_no_page_waits() -> None:
    case = Case()
    case.kernel.begin_cell()
    case.notes.watch("one", "")
    case.kernel.hold(100)  # the rest of its cell
    case.kernel.end_cell()
    for _ in range(5):  # cells of a Run All, and what a callback of another widget does
        case.kernel.wait(2)
        case.kernel.begin_cell()
        case.kernel.hold(30)
        case.kernel.end_cell()
        case.kernel.hold(20)
    case.kernel.begin_cell()  # one that awaits lets the loop run
    case.kernel.wait(100)
    case.kernel.end_cell()
    case.kernel.wait(3)
    assert case.kernel.sent == []
    case.kernel.wait(3)
    assert len(case.kernel.sent) == 1


def test_a_note_goes_with_its_widget() -> None:
    case = Case()
    case.display("one")
    case.display("two")
    case.notes.forget("two")
    case.kernel.wait(10)
    assert len(case.kernel.sent) == 1
    case.notes.forget("one")
    assert [kind for kind, *_ in case.kernel.sent] == ["display_data", "update_display_data"]


def test_a_widget_that_is_made_and_displayed_in_one_cell_has_one_note() -> None:
    case = Case()
    case.kernel.begin_cell()
    case.notes.watch("one", "", shown=False)
    case.notes.watch("one", "")
    case.notes.watch("inside another", "", shown=False)
    case.kernel.end_cell()
    case.kernel.wait(10)
    assert sorted(case.asked) == [False, True]
    assert len(case.kernel.sent) == 2


def test_each_server_has_its_pause() -> None:
    case = Case((60.0, NOTE[1]))
    case.display()
    case.kernel.wait(58)
    assert case.kernel.sent == []
    case.kernel.wait(4)
    assert len(case.kernel.sent) == 1


@pytest.mark.parametrize(
    ("metadata", "username", "is_watched"),
    [
        (LAB, "", True),
        ({}, "username", True),  # classic Notebook
        ({"cellId": "vscode-notebook-cell:/home/a.ipynb#W0"}, "", False),
        ({}, "ada", False),  # a console, papermill, nbconvert
    ],
    ids=["lab", "classic", "vscode", "console"],
)
def test_only_pages_of_notebook_servers_are_watched(
    metadata: dict[str, Any], username: str, is_watched: bool
) -> None:
    case = Case()
    case.display(metadata=metadata, username=username)
    assert case.kernel.is_watched == is_watched


def test_a_machine_whose_pages_bring_what_draws_widgets_is_left_alone() -> None:
    case = Case(None)
    case.display()
    case.kernel.wait(60)
    assert case.kernel.sent == []
    assert not case.kernel.is_watched


@pytest.mark.parametrize(
    "kernel", [None, SimpleNamespace(), SimpleNamespace(get_parent=lambda channel: {})]
)
def test_other_kernels_are_left_alone(kernel: object) -> None:
    UndrawnNotes(lambda: kernel).watch("one", "")
