"""remocolab's names: what they ask, print, return and keep to themselves."""

from __future__ import annotations

import getpass
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from inspect import signature
from typing import Any

import pytest

from colabwidget import remocolab
from colabwidget.core.details import DesktopFacts, desktop_details, ssh_details
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.ipc import messages
from colabwidget.system.machine import gpu_model
from tests.kit.backend.fake_backend import HOST_KEY, PASSWORD, FakeBackend, open_details
from tests.kit.machine.machine import ROOT
from tests.kit.machine.tokens import new_token

CUT_HERE = "✂️" * 24
PRESETS = {"ngrok_token": None, "ngrok_region": None, "token_secret": "", "user": "colab"}


@pytest.fixture(autouse=True)
def _as_imported(runtime: object) -> Iterator[None]:
    """Nothing here may find the machine's own backend, or what another test has set."""
    yield
    for name, value in PRESETS.items():
        setattr(remocolab, name, value)


def types(monkeypatch: pytest.MonkeyPatch, *lines: str, token: str | None = None) -> None:
    """A person answers what is asked, the token where it is not shown; or no person is there."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    def hidden(prompt: str = "") -> str:
        if token is None:
            raise EOFError
        print(prompt)
        return token

    monkeypatch.setattr(getpass, "getpass", hidden)


def asked_for(fake: FakeBackend) -> messages.Connect:
    (request,) = fake.asked(messages.Connect)
    return request


def test_the_functions_take_what_remocolab_s_took() -> None:
    names = "ngrok_region check_gpu_available tunnel mount_gdrive_to mount_gdrive_from public_key"
    for function, gpu in ((remocolab.setupSSHD, False), (remocolab.setupVNC, True)):
        parameters = signature(function).parameters
        assert [*parameters] == names.split()
        presets = {name: each.default for name, each in parameters.items()}
        assert presets.pop("check_gpu_available") is gpu
        assert set(presets.values()) == {None}


def test_it_is_loaded_when_it_is_asked_for_and_needs_no_widget() -> None:
    code = (
        "import sys, colabwidget\nassert 'colabwidget.remocolab' not in sys.modules\n"
        "from colabwidget import remocolab\nremocolab.setupSSHD, remocolab.setupVNC\n"
        "print({'anywidget', 'ipywidgets', 'IPython'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_what_is_asked_comes_in_remocolab_s_order(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.connected()
    token = new_token()
    types(monkeypatch, "moon", " EU ", token=f"ngrok authtoken {token}")

    message = remocolab.setupSSHD(tunnel="ngrok")

    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "---"
    assert lines[1].startswith("Copy&paste your tunnel authtoken from https://dashboard.ngrok.com")
    assert lines[3:5] == ["Password:", "Select your ngrok region:"]
    assert "'moon' is none of them." in lines
    assert message in said.out
    request = asked_for(fake)
    assert (request.token, request.options["region"]) == (token, "eu")
    assert token not in said.out + said.err


def test_the_message_is_printed_returned_and_not_shown_twice(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.connected()
    types(monkeypatch)
    message = remocolab.setupSSHD("eu", tunnel="argotunnel")

    lines = message.splitlines()
    assert lines[0] == "ED25519 key fingerprint of host:"
    assert lines[1].startswith("256 SHA256:") and lines[1].endswith("(ED25519)")
    assert lines[2].startswith("+--[ED25519 256]--")
    assert lines[13] == ""
    rest = [line for line in lines[14:] if not line.startswith("root password")]
    assert rest == [
        CUT_HERE,
        f"colab password: {PASSWORD}",
        CUT_HERE,
        "---",
        "Command to connect to the ssh server:",
        CUT_HERE,
        "ssh -o UserKnownHostsFile=/dev/null -o VisualHostKey=yes -p 12345 colab@1.tcp.example.net",
        CUT_HERE,
    ]
    assert f"{message}\n" in capsys.readouterr().out
    assert isinstance(message, str) and PASSWORD not in repr(message)
    assert asked_for(fake).options["tunnel"] == "cloudflare"


def test_the_desktop_s_lines_come_behind_the_command(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = open_details()
    assert whole.ssh
    facts = DesktopFacts(
        ":3", 5903, Secret("fullpass"), Secret("viewpass"), "TurboVNC", "llvmpipe", ""
    )
    fake.details = replace(whole, desktop=desktop_details(whole.ssh, facts))
    fake.change(phase="connected")
    types(monkeypatch)

    lines = remocolab.setupVNC(check_gpu_available=False).splitlines()

    assert lines[-7:] == [
        "Execute following command on your local machine and login before running TurboVNC viewer:",
        CUT_HERE,
        "ssh -o UserKnownHostsFile=/dev/null -o VisualHostKey=yes -L 5901:127.0.0.1:5903 -p 12345 "
        "colab@1.tcp.example.net",
        CUT_HERE,
        "VNC password: fullpass",
        "VNC view only password: viewpass",
        CUT_HERE,
    ]
    assert asked_for(fake).options["desktop"]


def test_a_desktop_that_fails_leaves_what_leads_to_ssh(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.connected()
    error = ColabWidgetError("desktop_needs_ssh")
    fake.change(desktop={"phase": "failed", "error": error.info})
    types(monkeypatch)
    with pytest.raises(ColabWidgetError) as raised:
        remocolab.setupVNC(check_gpu_available=False, tunnel="argotunnel")
    assert raised.value.info == error.info
    assert "Command to connect to the ssh server:" in capsys.readouterr().out


def test_a_token_in_the_code_is_warned_of_and_forgotten_at_once(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.connected()
    types(monkeypatch)
    token = new_token()
    remocolab.ngrok_token, remocolab.ngrok_region = token, "jp"

    remocolab.setupSSHD()

    said = capsys.readouterr()
    assert remocolab.ngrok_token is None
    assert "stands in this notebook" in said.err and "remocolab.token_secret" in said.err
    assert "as none was named" not in said.out
    request = asked_for(fake)
    assert (request.token, request.options["tunnel"]) == (token, "ngrok")
    assert request.options["region"] == "jp"
    assert token not in said.out + said.err

    # It is forgotten where it was of no use as well, and stands in no error.
    remocolab.ngrok_token = f"{token} {token}"
    with pytest.raises(ColabWidgetError) as refused:
        remocolab.setupSSHD()
    assert remocolab.ngrok_token is None
    assert token not in f"{refused.value}{refused.value.info}{refused.getrepr(showlocals=False)}"


def test_a_secret_s_name_is_enough(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.connected()
    types(monkeypatch)
    token = new_token()
    monkeypatch.setenv("MY_NGROK", token)
    remocolab.token_secret = "MY_NGROK"

    remocolab.setupSSHD()

    request = asked_for(fake)
    assert "as none was named" not in capsys.readouterr().out
    assert (request.token, request.token_origin) == (token, "the environment: MY_NGROK")
    assert (request.options["tunnel"], request.options["region"]) == ("ngrok", "")


def test_what_is_there_is_asked_for_nothing(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.connected()
    step = {"name": "check", "title": "Check", "status": "done", "detail": ""}
    steps = [{**step, "progress": None, "seconds": 0.1}]
    fake.change(options=replace(Options(), region="au").as_dict(), steps=steps)
    types(monkeypatch, token="must not be asked for")

    for tunnel in ("ngrok", None):
        message = remocolab.setupSSHD(tunnel=tunnel)

    said = capsys.readouterr().out
    assert "Password" not in said and "as none was named" not in said
    assert "Check: done" not in said, "the first call has said that"
    assert said.count(message) == 2
    for request in fake.asked(messages.Connect):
        wanted = request.options
        assert (request.token, wanted["tunnel"], wanted["region"]) == ("", "ngrok", "au")


def test_a_connection_that_something_else_has_opened_is_joined(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.connected()
    opened = replace(Options(), tunnel="relay", server="ada@example.org").as_dict()
    fake.change(options=opened)
    types(monkeypatch)

    remocolab.setupVNC(check_gpu_available=False)

    assert asked_for(fake).options == {**opened, "desktop": True, "root_keys": True}


def test_without_anybody_to_ask_it_says_what_is_missing(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.change(phase="idle")
    types(monkeypatch)
    with pytest.raises(ColabWidgetError) as refused:
        remocolab.setupSSHD(tunnel="ngrok")
    assert refused.value.code == "token_missing"
    assert not fake.asked(messages.Connect)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"tunnel": "carrier pigeon"}, "tunnel_unknown"),
        ({"tunnel": "ngrok", "ngrok_region": "moon"}, "region_unknown"),
        ({"mount_gdrive_to": "../up"}, "drive_folder_invalid"),
        ({"public_key": "no key"}, "public_key_broken"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_asked(
    given: dict[str, Any],
    code: str,
    fake: FakeBackend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    types(monkeypatch, token="must not be asked for")
    with pytest.raises(ColabWidgetError) as refused:
        remocolab.setupSSHD(**given)
    assert refused.value.code == code
    assert "Password" not in capsys.readouterr().out
    assert not fake.asked(messages.Connect)


def test_with_a_key_no_password_is_printed(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    whole = open_details()
    ssh = ssh_details(whole.endpoint, "colab", "/content", [HOST_KEY], None, verified=True)
    fake.details = replace(whole, ssh=ssh)
    fake.change(phase="connected")
    types(monkeypatch)

    message = remocolab.setupSSHD(public_key=HOST_KEY)

    assert "colab password: none (your key signs you in)" in message.splitlines()
    assert asked_for(fake).options["public_key"] == HOST_KEY
    assert "This output is saved" not in capsys.readouterr().out
    fake.connected()
    remocolab.setupSSHD()
    assert "This output is saved" in capsys.readouterr().out


@pytest.mark.skipif(bool(gpu_model()), reason="this machine has a GPU")
@pytest.mark.parametrize(
    ("answers", "goes_on"), [(("perhaps", "n"), False), (("y",), True), ((), True)]
)
def test_without_a_gpu_the_user_decides(
    answers: tuple[str, ...],
    goes_on: bool,
    fake: FakeBackend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake.connected()
    types(monkeypatch, *answers)
    message = remocolab.setupSSHD(check_gpu_available=True)
    said = capsys.readouterr().out
    assert said.startswith("This is not a runtime with GPU\nDo you want to continue? [y/n] ")
    assert bool(message) is goes_on
    assert bool(fake.asked(messages.Connect)) is goes_on
    assert goes_on or repr(message) == "<nothing>"
