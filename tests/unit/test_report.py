"""The report: all that helps, and nothing that must not be told."""

from __future__ import annotations

import base64
import platform
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colabwidget import __version__
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import MASK, masked
from colabwidget.core.snapshot import Snapshot
from colabwidget.report import LINES, report
from colabwidget.tunnels.ngrok.errors import ngrok_error
from tests.kit.machine.tokens import new_token

KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACCpkJiGI2UiQ5S3LMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5TqAAAAJgAAAAAAAA
-----END OPENSSH PRIVATE KEY-----"""
STEPS: list[dict[str, Any]] = [
    {"name": "check", "title": "Check", "status": "done", "detail": "", "seconds": 0.14},
    {"name": "tunnel", "title": "Tunnel", "status": "failed", "detail": "eu", "seconds": 12.3},
    {"name": "verify", "title": "Verify", "status": "pending", "detail": "", "seconds": None},
]
# What programs say, and no secret is in.
HARMLESS = [
    "Setting up libsuitesparseconfig5:amd64 (1:5.12.0+dfsg-2) ...",
    "Get:1 http://deb.debian.org/debian bookworm/main amd64 libxfce4windowing-0-0 amd64 4.20.2-1",
    "https://github.com/TurboVNC/turbovnc/releases/download/3.3/turbovnc_3.3_amd64.deb",
    't=2026-11-22T10:00:00+0000 lvl=info msg="client session established" obj=csess',
    "Failed password for colab from 127.0.0.1 port 51234 ssh2",
    "NotImplementedErrorInfo: /usr/lib/python3.13/site-packages/colabwidget/backend/session.py",
    "ngrok ended. (ERR_NGROK_107) 20241124T152000Z 6.6.105+ x86_64-linux-gnu cwab12cd34",
]


def failed(**more: Any) -> Snapshot:
    error = ngrok_error("107")
    options = Options(region="eu").as_dict()
    fields = {"phase": "failed", "error": error.info, "options": options, "steps": STEPS}
    return Snapshot.from_dict({"elapsed": 12.44, **fields, **more})


def test_a_report_tells_what_failed_where_and_after_what() -> None:
    said = report(failed(), ["one", "two"], 2)
    title = "This ngrok authtoken is no longer valid."
    assert said.startswith(f"colabwidget {__version__}, failed: {title} (ngrok_107)\n\n")
    for part in (
        "    code    ngrok_107\n",
        f"    title   {title}\n",
        "    link    https://dashboard.ngrok.com/get-started/your-authtoken\n",
        "    phase      failed, 12.4 s after Connect\n",
        "    asked for  ssh\n",
        "    region     eu\n",
        "    Check   done         0.1 s\n",
        "    Tunnel  failed      12.3 s  eu\n",
        "    Verify  pending\n",
        f"    Python          {platform.python_version()}\n",
        "    ipywidgets      ",
        f"    kernel           {platform.release()} {platform.machine()}\n",
        "MB free\n",
        "Log:\n\n    one\n    two\n",
    ):
        assert part in said, part
    assert "screen" not in said and "Error of the desktop" not in said


def test_a_desktop_that_failed_beside_ssh_is_told_of() -> None:
    error = ColabWidgetError("vnc_failed", reason="It stayed silent.")
    desktop = {"phase": "failed", "error": error.info}
    options = Options(desktop=True, geometry="800x600").as_dict()
    said = report(failed(phase="connected", error=None, desktop=desktop, options=options), [], 0)
    first = said.partition("\n")[0]
    assert first.endswith(
        "connected, without its desktop: The VNC server did not start. (vnc_failed)"
    )
    assert "Error of the desktop:\n\n    code    vnc_failed\n" in said
    assert "    screen     800x600, 24, auto\n" in said and "ssh, desktop\n" in said


def test_without_a_backend_it_tells_of_versions_and_the_machine() -> None:
    said = report(Snapshot(), [], 0)
    titles = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert titles == [f"colabwidget {__version__}, idle", "Versions:", "Machine:"]


def test_the_log_is_its_last_lines_spelled_out_and_without_colours() -> None:
    lines = [f"line {number}" for number in range(100)]
    said = report(
        failed(), [*lines, "\x1b[1;31mred\x1b[0m\x1b]0;title\x07\a", "1 %\r99 %\r", "x" * 999], 4000
    )
    assert f"\nLog, its last {LINES} of 4000 lines:\n" in said
    shown = said.partition("4000 lines:\n\n")[2].splitlines()
    assert len(shown) == LINES
    assert shown[-4:-1] == ["    line 99", r"    red\x1b]0;title\x07\x07", r"    1 %\r99 %\r"]
    assert shown[-1] == f"    {'x' * 400}…"


@pytest.mark.parametrize(
    "said",
    [
        "Your authtoken: {}",
        "{}",
        "say {}, or --authtoken={}",
        "config://colab:{}@0.tcp.ngrok.io",
        'err="authentication failed\\nYour authtoken: {}\\r\\n\\r\\nERR_NGROK_107"',
    ],
)
def test_a_token_that_nobody_knew_is_masked_wherever_it_stands(said: str) -> None:
    for token in (new_token(), "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"):
        line = said.replace("{}", token)
        error = ColabWidgetError("agent_exited", reason=line)
        told = report(failed(error=error.info, steps=[STEPS[1] | {"detail": line}]), [line], 1)
        assert token not in told and quote(token) not in told
        assert told.count(MASK) >= 3


def test_passwords_are_masked_by_their_look_or_by_their_name() -> None:
    for password in ("a7fKpQ2mZxRt9wBvYcN3Hd", "bWkRtYqPzLmNcVxHgFdSaJ", "9c1f4e07ab55d2e8"):
        encoded = base64.b64encode(password.encode()).decode()
        assert masked(f"echo {password} | chpasswd") == f"echo {MASK} | chpasswd"
        assert encoded not in masked(encoded)
    assert masked("VNC password: 'ab 12'\npassphrase=x;y") == (
        f"VNC password: {MASK}\npassphrase={MASK};y"
    )
    assert masked("Authorization: Bearer abc") == f"Authorization: Bearer {MASK}"
    assert masked("https://me:pw@host/x") == f"https://me:{MASK}@host/x"


@pytest.mark.parametrize("cut", [0, 1])
def test_a_private_key_is_masked_however_much_of_it_is_there(cut: int) -> None:
    for lines in (KEY.splitlines(), KEY.splitlines()[:-1]):
        said = report(failed(), ["before", *lines[cut:]], 9)
        assert "before" in said
        assert not [line for line in KEY.splitlines()[1:-1] if line in said]
        assert "b3BlbnNzaC1rZXkt" not in said


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert masked(line) == line


def test_a_fact_that_cannot_be_had_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(metadata, "version", refuse)
    monkeypatch.setattr(platform, "freedesktop_os_release", refuse)
    said = report(failed(), ["one"], 1)
    assert "Versions:" in said and "    root" in said and "Log:\n\n    one\n" in said
    assert "distribution" not in said and "memory" not in said and "openssh-server" not in said


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=25)
@given(ANYTHING, ANYTHING, ANYTHING, st.lists(st.text()), st.integers())
@example({"code": 1}, [{"title": "x"}], {"error": "no"}, ["\udcff"], -1)
def test_it_never_raises(error: Any, steps: Any, desktop: Any, lines: list[str], end: int) -> None:
    snapshot = Snapshot(error=error, steps=steps, desktop=desktop, options=error)
    said = report(snapshot, lines, end)
    assert said.startswith("colabwidget") and "Versions:" in said
