"""``python -m colabwidget``, as far as it needs no session of its own."""

from __future__ import annotations

import io
import json
import re
import runpy
import sys
from pathlib import Path

import pytest

from colabwidget import __version__, report
from colabwidget.cli import main
from colabwidget.control import operations
from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import messages
from colabwidget.system import paths
from tests.kit.backend.fake_backend import PASSWORD, FakeBackend
from tests.kit.command_line import failure
from tests.kit.machine.machine import ROOT

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"
STEPS = [
    {"name": "check", "title": "Check", "status": "done", "detail": "", "seconds": 0.1},
    {"name": "sshd", "title": "SSH server", "status": "running", "detail": "", "seconds": None},
]


@pytest.fixture(autouse=True)
def _private(runtime: Path) -> None:
    """Nothing here may find the machine's own backend."""


def give(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["open"],
        ["connect", "--surprise"],
        ["connect", "--user"],
        ["status", "now"],
        ["log", "--json"],
    ],
)
def test_wrong_usage_is_explained(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    # It is named as it was started, here by pytest in one way or another.
    assert re.search("usage: (python -m )?colabwidget", capsys.readouterr().err)


@pytest.mark.parametrize("arguments", [["--help"], ["connect", "--help"], ["log", "--help"]])
def test_help_is_there(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"colabwidget {__version__}\n"


@pytest.mark.parametrize(
    ("program", "name"),
    [("/usr/bin/colabwidget", "colabwidget"), ("/x/__main__.py", "python -m colabwidget")],
)
def test_help_has_examples_that_can_be_copied(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, program: str, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", [program])
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert f"usage: {name} " in said and f"  {name} connect --tunnel cloudflare" in said
    assert "exit status: 0 done; 1 failed" in said


def test_the_page_on_the_command_line_is_the_parser() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "command_line.py"))
    assert (ROOT / made["PAGE"]).read_text() == made["page"](), "run make generate"


def test_without_a_backend_nothing_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert capsys.readouterr().out == "Phase: idle\n"
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "phase": "idle",
        "tunnel": None,
        "ssh": None,
        "desktop": None,
        "error": None,
        "desktop_error": None,
        "present": [],
        "closing": None,
        "invitations": [],
        "use": None,
    }
    assert main(["log"]) == 0
    assert main(["disconnect"]) == 0
    assert capsys.readouterr() == ("", "Nothing was open.\n")
    assert not paths.socket_path().exists()


def test_nothing_chosen_is_said_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert failure(capsys, "connect", "--no-ssh")["code"] == "nothing_chosen"
    assert not paths.socket_path().exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "token_missing"), (" \n", "token_missing"), ("hunter2 hunter2", "token_unusable")],
)
def test_a_token_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, code: str
) -> None:
    give(monkeypatch, text)
    error = failure(capsys, "connect", "--token-stdin")
    assert error["code"] == code
    assert "hunter2" not in str(error)
    assert not paths.socket_path().exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--region", "mars"], "region_unknown"),
        (["--user", "No Name"], "user_invalid"),
        (["--desktop", "--no-ssh"], "desktop_needs_ssh"),
        (["--desktop", "--geometry", "large"], "geometry_invalid"),
        (["--desktop", "--depth", "8"], "depth_invalid"),
        (["--desktop", "--vnc", "realvnc"], "vnc_unknown"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    code: str,
) -> None:
    give(monkeypatch, TOKEN)
    assert failure(capsys, "connect", "--token-stdin", *options)["code"] == code
    assert not paths.socket_path().exists()


def test_a_key_file_that_cannot_be_read_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00s\x00s\x00h")
    for name in ("missing.pub", "", "binary"):
        error = failure(capsys, "connect", "--public-key", str(tmp_path / name))
        assert error["code"] == "public_key_broken"
        assert str(tmp_path) in error["cause"]
        assert error["cause"].endswith(".")


def test_a_tunnel_that_there_is_not_is_told_from_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = failure(capsys, "connect", "--tunnel", "frp")
    assert (error["code"], error["field"]) == ("tunnel_unknown", "tunnel")
    assert "ngrok, cloudflare, relay, direct" in error["cause"]
    with pytest.raises(SystemExit):
        main(["connect", "--help"])
    assert "Tunnels: ngrok, cloudflare, relay, direct, through." in capsys.readouterr().out


def test_an_empty_key_file_does_not_mean_a_password(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, fake: FakeBackend
) -> None:
    (tmp_path / "empty.pub").write_text("\n")
    fake.connected()
    arguments = ["--tunnel", "direct", "--public-key", str(tmp_path / "empty.pub")]
    assert failure(capsys, "connect", *arguments)["code"] == "public_key_broken"


def test_connect_prints_how_to_sign_in(
    capsys: pytest.CaptureFixture[str], fake: FakeBackend
) -> None:
    fake.connected()
    assert main(["connect", "--tunnel", "direct"]) == 0
    said = capsys.readouterr()
    assert "SSH command:       ssh -p 12345 colab@1.tcp.example.net\n" in said.out
    assert f"Password:          {PASSWORD}\n" in said.out
    assert "(verified)" in said.out
    assert PASSWORD not in said.err
    assert main(["connect", "--tunnel", "direct", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ssh"]["password"] == PASSWORD


@pytest.mark.parametrize("by", ["stdin", "name"])
def test_the_token_reaches_the_backend_and_is_not_printed(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fake: FakeBackend,
    by: str,
) -> None:
    fake.connected()
    if by == "stdin":
        give(monkeypatch, f"ngrok config add-authtoken {TOKEN}\n")
    else:
        monkeypatch.setenv("MY_TOKEN", TOKEN)
    how = ["--token-stdin"] if by == "stdin" else ["--token-secret", "MY_TOKEN"]
    assert main(["connect", *how]) == 0
    (request,) = fake.asked(messages.Connect)
    assert request.token == TOKEN
    assert request.token_origin == ("" if by == "stdin" else "the environment: MY_TOKEN")
    said = capsys.readouterr()
    assert TOKEN not in said.out + said.err


def test_a_session_that_fails_is_explained(
    capsys: pytest.CaptureFixture[str], fake: FakeBackend
) -> None:
    error = ColabWidgetError("verify_failed", reason="It stays silent.")
    fake.change(phase="failed", error=error.info, steps=STEPS)
    assert failure(capsys, "connect", "--tunnel", "direct") == dict(error.info)


def test_status_tells_steps_and_details_without_the_password(
    capsys: pytest.CaptureFixture[str], fake: FakeBackend
) -> None:
    fake.connected()
    fake.change(steps=STEPS)
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Phase: connected\n  Check: done\n  SSH server: running\n")
    assert "ssh -p 12345 colab@1.tcp.example.net" in said
    assert main(["status", "--json"]) == 0
    said += capsys.readouterr().out
    assert PASSWORD not in said
    assert "status --show-passwords prints them" in said
    assert main(["status", "--show-passwords"]) == 0
    said = capsys.readouterr().out
    assert f"Password:          {PASSWORD}\n" in said and "are not shown" not in said


def test_disconnect_tells_whether_something_was_open(
    capsys: pytest.CaptureFixture[str], fake: FakeBackend
) -> None:
    assert main(["disconnect"]) == 0
    fake.change(phase="failed", kept=True)
    assert main(["disconnect"]) == 0
    fake.connected()
    assert main(["disconnect"]) == 0
    assert capsys.readouterr().err == "Nothing was open.\nDisconnected.\nDisconnected.\n"


STEERS = "a\rb\x1b]52;c;cm0=\x07\x1b]0;t\x07\x1b[2K\u202ec\x9b1A"
SHOWN = r"a\rb\x1b]52;c;cm0=\x07\x1b]0;t\x07\x1b[2K\u202ec\x9b1A"


def test_what_is_printed_steers_no_terminal(
    fake: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a backend says: what stands in its log and steps is of any origin."""
    fake.print(f"sshd: Invalid user {STEERS}", "\x1b[31mred\x1b[0m")
    error = ColabWidgetError("verify_failed", reason="").info | {"cause": STEERS}
    steps = [{"name": "verify", "title": "Verify", "status": "failed", "detail": STEERS}]
    fake.change(phase="failed", error=error, steps=steps)
    assert main(["log"]) == 0
    assert capsys.readouterr().out == f"sshd: Invalid user {SHOWN}\nred\n"
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert said.count(SHOWN) == 2
    assert not set("\r\x1b\x07\x9b\u202e") & set(said)


def test_the_report_without_a_backend_has_versions_and_the_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["report"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"colabwidget {__version__}, idle\n")
    assert "Versions:" in said and "Machine:" in said and "Log" not in said
    assert not paths.socket_path().exists()


def test_the_report_tells_of_the_session_that_failed(
    capsys: pytest.CaptureFixture[str], fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("memory", "disk of /", "disk of the log"):
        # They change from one moment to the next.
        monkeypatch.setitem(report.FACTS, name, lambda: "1 of 2 MB free")
    error = ColabWidgetError("verify_failed", reason="It stays silent.")
    fake.print(*(f"line {number}" for number in range(100)))
    fake.change(phase="failed", error=error.info, steps=STEPS)
    assert main(["report"]) == 0
    said = capsys.readouterr().out
    assert said == operations.report()
    assert "(verify_failed)\n" in said and "It stays silent." in said and "SSH server" in said
    assert said.endswith("    line 98\n    line 99\n")
    assert "line 40\n" in said and "line 39\n" not in said and "60 of 100 lines" in said


def test_the_report_tells_of_a_backend_that_cannot_be_asked(
    capsys: pytest.CaptureFixture[str], runtime: Path
) -> None:
    hello = messages.encode(messages.Hello(99, "9.9.9"))
    other = FakeBackend(hello)
    assert main(["report"]) == 0
    said = capsys.readouterr().out
    assert "(backend_version)\n" in said and "version 9.9.9" in said and "Versions:" in said
    other.close()
