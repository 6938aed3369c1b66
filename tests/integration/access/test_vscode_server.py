"""VS Code's server in advance: what comes is the right one and runs, or nothing is in its place."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colabwidget.access import vscode_server
from colabwidget.access.account import Account
from colabwidget.access.vscode_server import EditorServer
from colabwidget.runtime.http import Patience
from colabwidget.runtime.journal import Journal
from tests.doubles.releases import ReleaseServer
from tests.kit.vscode import COMMIT, Maker

OTHER = COMMIT[::-1]


@pytest.fixture
def maker(releases: ReleaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("COLABWIDGET_VSCODE", releases.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(releases.ca))
    monkeypatch.setenv("no_proxy", "*")
    releases.requests.clear()
    return Maker(releases, tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "a home"
    made.mkdir()
    return made


Fetch = Callable[..., str]


@pytest.fixture
def fetch(home: Path, tmp_path: Path, journal: Journal) -> Fetch:
    """Have versions fetched; what the journal then says."""
    account = Account(pwd.getpwuid(os.geteuid()).pw_name, str(home), None, "")
    place = tmp_path / "private"
    place.mkdir(mode=0o700)

    async def work(commits: tuple[str, ...]) -> None:
        patience = Patience(pauses=(0.0, 0.0))
        made = EditorServer(lambda: account, place, journal, patience)
        for commit in commits:
            made.want(commit)
        await made.wait()

    def fetch(*commits: str) -> str:
        asyncio.run(asyncio.wait_for(work(commits or (COMMIT,)), 60))
        assert [*place.iterdir()] == []
        folder = home / ".vscode-server"
        assert not folder.exists() or not [*folder.glob(".colabwidget*")]
        return "\n".join(journal.since(0, 100_000)[1])

    return fetch


def placed(home: Path) -> list[str]:
    """What VS Code would find."""
    folder = home / ".vscode-server"
    return sorted(
        str(path.relative_to(folder))
        for path in (*folder.glob("code-*"), *folder.glob("cli/servers/*/server/bin/code-server"))
    )


BOTH = [f"cli/servers/Stable-{COMMIT}/server/bin/code-server", f"code-{COMMIT}"]


def test_it_is_placed_where_the_editor_looks_and_fetched_once(
    maker: Maker, fetch: Fetch, home: Path
) -> None:
    assert "waits for VS Code" in fetch(COMMIT, COMMIT)
    assert placed(home) == BOTH
    assert len(maker.requests) == 4  # two, each with where it leads
    fetch(COMMIT)
    assert len(maker.requests) == 4
    assert os.access(home / ".vscode-server" / BOTH[0], os.X_OK)


def test_two_versions_come_at_once(maker: Maker, fetch: Fetch, home: Path) -> None:
    newer = COMMIT[1:] + "f"
    maker.pack(said=f"{COMMIT} {newer}")
    for kind in ("server-linux-x64", "cli-alpine-x64"):
        address = maker.asked(kind).replace(COMMIT, newer)
        maker.server.fail(address, redirect=f"/stored/{kind}")
    said = fetch(COMMIT, newer)
    assert said.count("waits for VS Code") == 2, said
    assert placed(home) == sorted([*BOTH, *(each.replace(COMMIT, newer) for each in BOTH)])


def test_a_version_that_the_maker_does_not_know_is_no_error(
    maker: Maker, fetch: Fetch, home: Path
) -> None:
    said = fetch(OTHER)
    assert "was not fetched in advance: It was not found at localhost (404)" in said
    assert placed(home) == []


@pytest.mark.parametrize(
    "wrong", ["", "main", "../../x", COMMIT.upper(), COMMIT + "\n", COMMIT + "0"]
)
def test_what_is_no_commit_asks_for_nothing(maker: Maker, fetch: Fetch, wrong: str) -> None:
    assert fetch(wrong) == "" and maker.requests == []


def test_a_download_that_is_cut_goes_on(maker: Maker, fetch: Fetch, home: Path) -> None:
    maker.server.fail("https://localhost/stored/server-linux-x64", break_off_after=50_000, times=2)
    assert "waits for VS Code" in fetch()
    assert placed(home) == BOTH


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"break_off_after": 1000}, "broke off 3 times"),
        ({"wrong_length": 70}, "were announced"),
        ({"no_length": True}, "does not say how large it is"),
        ({"status": 503}, "was 503"),
        ({"redirect": "http://localhost/x"}, "without HTTPS"),
        ({"redirect": "/stored/server-linux-x64"}, "lead on more than"),
    ],
)
def test_what_does_not_come_whole_is_not_placed(
    maker: Maker, fetch: Fetch, home: Path, faults: dict[str, Any], reason: str
) -> None:
    maker.server.fail("https://localhost/stored/server-linux-x64", **faults)
    assert reason in fetch()
    assert placed(home) == []


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [(OTHER, 0, "It is another version"), (COMMIT, 1, "It does not run here")],
)
def test_what_is_not_that_version_or_does_not_run_is_not_placed(
    maker: Maker, fetch: Fetch, home: Path, said: str, status: int, reason: str
) -> None:
    maker.pack(said, status)
    assert reason in fetch()
    assert placed(home) == []


def test_what_is_no_archive_is_not_placed(maker: Maker, fetch: Fetch, home: Path) -> None:
    page = maker.folder / "page"
    page.write_text("<html>Sign in to this network</html>")
    maker.server.offer("https://localhost/stored/server-linux-x64", page)
    assert "was not fetched in advance" in fetch()
    assert placed(home) == []


def test_without_a_network_it_is_said_in_one_line(
    maker: Maker, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLABWIDGET_VSCODE", "https://localhost:1")
    said = fetch()
    assert "was not fetched in advance: There is no way to localhost" in said
    assert len(said.splitlines()) == 1


def test_without_room_nothing_is_asked_for(
    maker: Maker, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vscode_server, "ROOM", 1 << 62)
    assert "of room for it" in fetch() and maker.requests == []


def test_a_link_in_the_place_of_it_is_left_alone(maker: Maker, fetch: Fetch, home: Path) -> None:
    """Another home's server may be shared by a link."""
    shared = home / "shared"
    shared.mkdir()
    (home / ".vscode-server/cli").mkdir(parents=True)
    (home / ".vscode-server/cli/servers").symlink_to(shared)
    assert "waits for VS Code" in fetch()
    assert (shared / f"Stable-{COMMIT}/server/bin/code-server").is_file()
