"""The kernel's part of a stream, against a page whose messages get lost, and a real backend."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import messages
from colabwidget.ipc.client import check_peer
from colabwidget.ipc.streams import AnswerShell, ClearShell, EndShell, OpenDesktop, ResizeShell
from colabwidget.kernel.streams.connection import open_stream
from colabwidget.system import paths
from tests.kit.backend.shell_view import ShellView
from tests.kit.backend.wire import Line, Spawned
from tests.kit.waiting import eventually


@pytest.fixture
def nohup() -> Iterator[None]:
    """What is started now ignores SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def shells(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spawned]:
    """A backend whose shells read no dotfiles: killed half-way, those may leave locks."""
    home = runtime.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    spawned = Spawned.start()
    yield spawned
    spawned.end()


def test_a_shell_goes_on_without_a_view_and_shows_its_screen_to_the_next(shells: Any) -> None:
    first = ShellView()
    first.type("mark=here; echo $mark-$((1 + 1))\n")
    first.until("here-2")
    first.socket.close()

    second = ShellView()
    assert second.answer.old > 0
    second.until("here-2")
    second.type("echo $mark-$((1 + 2)); tty; stty size\n")
    assert "/dev/pts/" in second.until("here-3") + second.until("24 80")
    open_stream(ResizeShell("main", 101, 33))[0].close()
    second.type("stty size\n")
    second.until("33 101")


def test_what_is_shown_again_comes_with_its_sizes_and_can_be_cleared(shells: Any) -> None:
    first = ShellView()
    first.type("PS1=; echo narrow-$((1 + 1))\n")
    first.until("narrow-2")
    open_stream(ResizeShell("main", 101, 33))[0].close()
    first.type("echo wide-$((1 + 1))\n")
    first.until("wide-2")
    again = ShellView()
    narrow, wide, now = again.answer.sizes
    assert [(each.columns, each.rows) for each in (narrow, wide, now)] == [
        (80, 24),
        (101, 33),
        (80, 24),
    ]
    text = again.until("wide-2").encode()
    assert b"narrow-2" in text[narrow.at : wide.at] and b"wide-2" in text[wide.at : now.at]

    open_stream(ClearShell("main", 40))[0].close()  # no such row
    open_stream(ClearShell("main", 3))[0].close()
    again.until("\x1b[3S\x1b[3A\x1b[J\x1b[3J")
    open_stream(ClearShell("main", 0))[0].close()
    first.until("\x1b[J\x1b[3J\x1b[J\x1b[3J")


def test_answers_to_a_program_that_reads_nothing_hold_nothing_up(shells: Any) -> None:
    view = ShellView(view="a")
    view.type("stty raw -echo; echo be''gun; sleep 1000\n")
    view.until("begun")
    view.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        view.socket.sendall(b"x" * 4_000_000)
    before = time.monotonic()
    for _ in range(50):
        open_stream(AnswerShell("main", "a", "\x1b[1;1R"))[0].close()
    open_stream(ResizeShell("main", 90, 30))[0].close()
    assert time.monotonic() - before < 5
    open_stream(EndShell("main"))[0].close()


def test_what_is_left_of_a_shell_that_took_no_input_keeps_no_client_out(shells: Any) -> None:
    """A file that is closed while it is waited for leaves its number to the next client."""
    for _ in range(10):
        view = ShellView(view="a")
        view.type("stty raw -echo; echo be''gun; sleep 1000\n")
        view.until("begun")
        view.socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            view.socket.sendall(b"x" * 4_000_000)
        open_stream(EndShell("main"))[0].close()
        with ExitStack() as clients:
            for line in [clients.enter_context(Line()) for _ in range(5)]:
                assert line.result(messages.Status(1))


def test_two_views_see_the_same_and_a_shell_that_ends_says_so(shells: Any) -> None:
    one, two = ShellView(), ShellView()
    two.type("echo $((40 + 2))-both\n")
    one.until("42-both")
    two.until("42-both")
    other = ShellView("other")
    other.type("echo $((40 + 2))-other\n")
    other.until("42-other")
    one.type("exit\n")
    while one.socket.recv(4096):
        pass
    assert ShellView().answer.old == 0


def test_a_slow_view_holds_the_shell_up_and_the_others_get_all(shells: Any, tmp_path: Path) -> None:
    lines = "".join(f"{number:07d}\n" for number in range(300_000))
    (tmp_path / "large").write_text(lines)
    view, slow = ShellView(), ShellView()
    view.type(
        f"stty -echo; PS1=; cat {tmp_path}/large; echo all-$((1 + 1)); touch {tmp_path}/done\n"
    )
    time.sleep(1.0)
    assert not (tmp_path / "done").exists()  # no page has read yet
    threading.Thread(target=slow.until, args=("all-2",), daemon=True).start()
    shown = view.until("all-2").replace("\r\n", "\n")
    assert lines in shown


def test_full_screen_programs_are_restored_with_the_modes_that_scrolled_away(shells: Any) -> None:
    view = ShellView()
    view.type("printf '\\033[?1049h\\033[?2004h'; seq 400000; echo all-$((1 + 1))\n")
    view.until("all-2")
    again = ShellView()
    assert "\x1b[?1049h" in again.until("all-2")[:100]


def test_a_shell_ends_with_the_backend_and_takes_no_more_than_twenty_others(shells: Any) -> None:
    view = ShellView()
    view.type("echo pid=$$=; sleep 1000\n")
    pid = int(view.until("=\r\n").split("pid=")[-1].split("=")[0])
    views = [ShellView(f"{number}") for number in range(19)]
    with pytest.raises(ColabWidgetError) as failure:
        ShellView("one more")
    assert failure.value.code == "shells_too_many"
    assert len(views) == 19
    os.kill(check_peer(view.socket), signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{pid}").exists())


def test_shells_of_a_notebook_under_nohup_hear_of_a_hang_up(nohup: None, shells: Any) -> None:
    view = ShellView()
    view.type("grep SigIgn /proc/self/status; echo all-$((1 + 1))\n")
    ignored = int(view.until("all-2\r\n").split("SigIgn:")[-1].split()[0], 16)
    assert not ignored & 1 << (signal.SIGHUP - 1)


def test_what_a_shell_has_in_its_background_ends_though_it_tells_nobody(shells: Any) -> None:
    view = ShellView()
    view.type("sleep 1000 & echo pids=$$,$!,; kill -STOP $$\n")
    shell, job, _ = view.until(",\r\n").split("pids=")[-1].split(",")
    state = Path(f"/proc/{shell}/stat")
    eventually(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
    open_stream(EndShell("main"))[0].close()
    for pid in (shell, job):
        eventually(lambda pid=pid: not Path(f"/proc/{pid}").exists())


def test_nobody_is_let_in_by_what_is_no_header(shells: Any) -> None:
    for said in (b"\n", b"{}\n", b"[]\n", b'{"type": "moon"}\n', b"\xff\xfe\n", b"x" * 200_000):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(paths.streams_path()))
            try:
                connection.sendall(said)
                assert b"message_invalid" in connection.recv(100)
            except (BrokenPipeError, ConnectionResetError):
                pass
    ShellView().until("$" if os.geteuid() else "#")


def test_there_is_no_desktop_where_none_was_started(shells: Any) -> None:
    with pytest.raises(ColabWidgetError) as failure:
        open_stream(OpenDesktop())
    assert failure.value.code == "no_desktop"


# Asks where the cursor is, and shows all that comes for it.
ASK = (
    "stty -icanon -echo min 0 time 5; printf '{0}-asked\\033[6n\\n'; sleep 1; "
    "dd bs=99 count=1 2>/dev/null | od -An -c | tr -d ' \\n'; stty sane; echo ' {0}-''all'\n"
)


def test_one_view_answers_what_a_program_asks(shells: Any) -> None:
    def asked(view: ShellView, name: str, answering: str) -> str:
        view.type(ASK.format(name))
        view.until(f"{name}-asked\x1b[6n")
        for each in answering:
            text = f"\x1b[{ord(each)};1R"
            open_stream(AnswerShell("main", each, text))[0].close()
        return view.until(f" {name}-all").rpartition("[6n")[2].strip().split()[0]

    first, second = ShellView(view="a"), ShellView(view="b")
    first.type("PS1=; echo be''gun\n")
    first.until("begun")
    assert asked(first, "one", "bac") == "033[97;1R"
    assert asked(second, "two", "bac") == "033[98;1R"
    # With the one that was typed in last, the oldest of those that are there answers.
    open_stream(AnswerShell("main", "a", "typed"))[0].close()
    second.socket.close()
    time.sleep(0.2)
    assert asked(first, "three", "ba") == "033[97;1R"
