"""A page of the notebook as the bridge: real Chromium, real JupyterLab, OpenSSH on a computer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.kit.browser.bridge import BridgeProgram, be_the_bridge
from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.machine.machine import Machine
from tests.kit.through import Computer, has_programs, of_home, world_of
from tests.kit.waiting import eventually

by_ssh = pytest.mark.skipif(not has_programs(), reason="takes root, OpenSSH and unshare")
in_lab = pytest.mark.parametrize("front_end", ["lab"], indirect=True)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


@pytest.fixture
def programs() -> Iterator[list[BridgeProgram]]:
    """Those that a test has started; they are ended after it."""
    started: list[BridgeProgram] = []
    yield started
    for each in started:
        each.end()


def shown(front_end: FrontEnd, here: Machine) -> Card:
    """The card of a session through the server."""
    card = show(front_end, here)
    card.part("tunnel-through").check()
    card.part("connect").click()
    card.wait_phase("connected")
    return card


def bridge(card: Card, code: str) -> None:
    """Paste a code."""
    if not card.part("bridge-code").is_visible():
        card.open_details()
        card.part("bridge").locator("summary").click()
    card.part("bridge-code").fill(code)
    card.part("bridge-start").click()


@by_ssh
@in_lab
def test_ssh_goes_through_the_page(
    front_end: FrontEnd, here: Machine, computer: Computer, programs: list[BridgeProgram]
) -> None:
    card = shown(front_end, here)
    program = BridgeProgram(computer, "pair", "--way", "page", text=card.copied("copy-pairing"))
    programs.append(program)
    bridge(card, program.code)
    name = program.says(r"ssh (\w+)")
    expect(card.part("bridge-said")).to_contain_text("This page is the bridge")
    said = computer.run("ssh", name, "id -un; exit 3")
    assert (said.returncode, said.stdout.decode()) == (3, f"{here.user}\n"), said.stderr


@pytest.mark.slow
@by_ssh
@in_lab
def test_a_session_waits_for_its_page_and_for_its_program(
    front_end: FrontEnd, here: Machine, computer: Computer, programs: list[BridgeProgram]
) -> None:
    card = shown(front_end, here)
    program = BridgeProgram(computer, "pair", "--way", "page", text=card.copied("copy-pairing"))
    bridge(card, "1-" + 32 * "0")
    expect(card.part("bridge-said")).to_contain_text("Nothing answers there")
    bridge(card, "no code")
    expect(card.part("bridge-said")).to_contain_text("This is no code of the bridge")
    bridge(card, program.code.partition("-")[0] + "-" + 32 * "0")
    expect(card.part("bridge-said")).to_contain_text("does not have this code")
    bridge(card, program.code)
    name = program.says(r"ssh (\w+)")
    kept = computer.ssh_folder / f"colabwidget/{name}.bridge"
    eventually(kept.exists)
    assert kept.stat().st_mode & 0o777 == 0o600

    client = computer.start("ssh", name, "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert client.stdin and client.stdout

    def says_back(text: bytes) -> bool:
        assert client.stdin and client.stdout
        client.stdin.write(text)
        client.stdin.flush()
        return client.stdout.readline() == text

    assert says_back(b"one\n")
    card.part("bridge-stop").click()
    program.says("The page is gone")
    bridge(card, program.code)
    program.says("The page is connected")
    assert says_back(b"two\n")
    program.end()
    expect(card.part("bridge-said")).to_contain_text("The program on your computer has ended")
    assert not kept.exists()
    alone = computer.run("ssh", name, "true", timeout=60)
    assert alone.returncode == 255 and b"The bridge is not running" in alone.stderr
    programs.append(again := BridgeProgram(computer, "bridge", name))
    bridge(card, again.code)
    again.says("The page is connected")
    assert says_back(b"three\n")
    looked = computer.through("doctor", name)
    assert looked.returncode == 0, looked.stdout
    assert f"{name}: the way kernel leads to the session." in looked.stdout
    shown_by = of_home(computer)
    seen = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in shown_by)
    assert shown_by
    assert again.code[-32:].encode() not in seen

    card.notebook.save()
    card.notebook.reload()
    again.says("The page is gone")
    card.wait_phase("connected")
    bridge(card, again.code)
    again.says("The page is connected")
    assert says_back(b"four\n")
    client.stdin.close()
    assert client.wait(20) == 0
    client.stdout.close()
    again.end(signal.SIGKILL)
    expect(card.part("bridge-said")).to_contain_text("The program on your computer has ended")
    alone = computer.run("ssh", name, "true", timeout=60)
    assert alone.returncode == 255 and b"The bridge is not running" in alone.stderr
    assert kept.exists()


@pytest.mark.slow
@by_ssh
def test_each_way_goes_through_a_page_below_a_base_url(
    context: BrowserContext, computer: Computer, programs: list[BridgeProgram], tmp_path: Path
) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "there").write_bytes(data)
    with world_of(tmp_path / "server", "--ServerApp.base_url=/a/base/") as world:
        place = world.server.url
        page = context.new_page()
        page.goto(f"{place}login?token={world.server.token}")
        page.goto(f"{place}none")  # a page, if of an error
        page.evaluate("() => void (document.body.dataset.baseUrl = '/a/base/')")
        code = world.pairing().rpartition("#")[2]
        program = BridgeProgram(computer, "pair", "--way", "page", text=f"{place}#{code}")
        programs.append(program)
        assert be_the_bridge(page, program.code) == {"state": "on", "trouble": ""}
        name = program.says(r"ssh (\w+)")
        kept = computer.ssh_folder / f"colabwidget/{name}.json"
        assert json.loads(kept.read_text())["token"] == ""
        for way in ("extension", "terminal", "kernel"):
            kept.write_text(json.dumps({**json.loads(kept.read_text()), "way": way}))
            said = computer.run("ssh", name, "id -un; exit 3")
            told = (said.returncode, said.stdout.decode())
            assert told == (3, f"{world.machine.user}\n"), said.stderr
            for words in (["scp", "there", f"{name}:over"], ["scp", f"{name}:over", "back"]):
                copied = computer.run(*words, cwd=tmp_path)
                assert copied.returncode == 0, copied.stderr
            assert (tmp_path / "back").read_bytes() == data
            (tmp_path / "back").unlink()
            assert json.loads(kept.read_text())["way"] == way
        eventually(world.nothing_is_left)
        page.close()
        program.says("The page is gone")
