"""Released packages: what comes from the server is the right one, or there is a reason why not."""

from __future__ import annotations

import asyncio
import hashlib
import re
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colabwidget.runtime.http import Patience
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.debs import for_architecture
from colabwidget.runtime.releases.fetch import MIRROR, fetch
from colabwidget.system.machine import architecture
from tests.doubles.releases import ReleaseServer, make_turbovnc_deb, make_virtualgl_deb
from tests.kit.backend.downloads import (
    AT_ONCE,
    PADDING,
    RELEASES,
    TURBOVNC,
    Told,
    download,
    known,
    lines,
    needs_tools,
    ranges,
    refusal,
)
from tests.kit.machine.machine import ROOT

pytestmark = needs_tools

# What there is


@pytest.mark.parametrize(
    ("package", "for_", "url"),
    [
        (
            "turbovnc",
            "amd64",
            "https://github.com/TurboVNC/turbovnc/releases/download/3.3/turbovnc_3.3_amd64.deb",
        ),
        (
            "virtualgl",
            "arm64",
            "https://github.com/VirtualGL/virtualgl/releases/download/3.1.4/"
            "virtualgl_3.1.4_arm64.deb",
        ),
    ],
)
def test_releases_are_where_their_projects_have_them(package: str, for_: str, url: str) -> None:
    assert known(package, for_).url == url


def test_each_release_is_one_package_for_one_architecture() -> None:
    assert {(one.package, one.architecture) for each in RELEASES.values() for one in each} == {
        (package, for_) for package in ("turbovnc", "virtualgl") for for_ in ("amd64", "arm64")
    }
    assert for_architecture(RELEASES["turbovnc"], "riscv64") is None
    assert for_architecture((), "amd64") is None


def test_the_architecture_is_named_as_dpkg_names_it() -> None:
    assert architecture() not in ("x86_64", "aarch64")


# What comes


def test_the_file_comes_whole_and_private(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    file = download(folder, journal)
    assert file.read_bytes() == deb.read_bytes()
    assert file.suffix == ".deb"
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == [file]
    sha256 = hashlib.sha256(deb.read_bytes()).hexdigest()
    assert f"Downloaded turbovnc 3.3-20260601 for amd64, SHA-256 {sha256}." in lines(journal)


def test_two_releases_come_at_the_same_time(
    server: ReleaseServer, folder: Path, journal: Journal, tmp_path: Path
) -> None:
    other = known("virtualgl")
    server.offer(other.url, make_virtualgl_deb(tmp_path))

    async def both() -> list[Path]:
        return await asyncio.gather(
            *(fetch(one, folder, lambda *_: None, journal, AT_ONCE) for one in (TURBOVNC, other))
        )

    assert len({file.name for file in asyncio.run(both())}) == 2


def test_what_an_earlier_download_left_is_no_part_of_this_one(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    left = download(folder, journal)
    left.rename(left.with_name(f"{left.name}.part"))
    left.write_bytes(b"old")
    assert download(folder, journal).read_bytes() == deb.read_bytes()
    assert ranges(server) == ["", ""]


def test_progress_only_grows_to_the_end(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, times=1, slow=1_000_000, break_off_after=PADDING // 2)
    server.then(TURBOVNC.url, slow=1_000_000, no_ranges=True)
    told: Told = []
    download(folder, journal, told=told)
    assert told[0] == ("downloading TurboVNC", None)
    shares = [share for _, share in told[1:] if share is not None]
    assert len(shares) == len(told) - 1 >= 2
    assert shares == sorted(set(shares))
    assert shares[-1] == 1.0
    assert told[-1][0] == "downloading TurboVNC 0.3 of 0.3 MB"


def test_a_redirect_is_followed_as_github_s_is(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    server.offer("/elsewhere/file?signed=yes", deb)
    server.fail(TURBOVNC.url, redirect="/elsewhere/file")
    assert download(folder, journal).read_bytes() == deb.read_bytes()
    assert [request.path for request in server.requests][1:] == ["/elsewhere/file"]


def test_a_mirror_may_have_a_path(
    server: ReleaseServer,
    deb: Path,
    folder: Path,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(MIRROR, f"{server.url}/github/")
    path = TURBOVNC.url.removeprefix("https://github.com")
    server.offer(f"/github{path}", deb)
    download(folder, journal)
    assert [request.path for request in server.requests] == [f"/github{path}"]


# What is refused


def test_more_announced_than_there_is_is_a_wrong_size(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    size = deb.stat().st_size
    server.fail(TURBOVNC.url, wrong_length=1_000)
    assert refusal(folder, journal) == f"It has {size} bytes, but {size + 1_000} were announced."


def test_more_than_was_asked_for_is_a_wrong_size(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, times=1, break_off_after=100_000)
    server.then(TURBOVNC.url, surplus=1_000)
    assert " were announced." in refusal(folder, journal)
    assert len(server.requests) == 2


def test_a_size_that_is_not_announced_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, no_length=True)
    assert refusal(folder, journal) == "The answer of localhost does not say how large it is."


def test_a_file_larger_than_any_release_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    reason = refusal(folder, journal, TURBOVNC, Patience(size=200_000))
    assert reason == "It is larger than 0 MB."
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"package": "tightvnc"}, "It is another package: tightvnc, not turbovnc."),
        ({"version": "3.2.1-20260601"}, "It is another version: 3.2.1-20260601, not 3.3."),
        ({"version": "3.30"}, "It is another version: 3.30, not 3.3."),
        ({"architecture": "arm64"}, "It is for another architecture: arm64, not amd64."),
    ],
)
def test_another_package_than_the_one_that_was_wanted_is_refused(
    server: ReleaseServer,
    folder: Path,
    journal: Journal,
    tmp_path: Path,
    said: dict[str, Any],
    reason: str,
) -> None:
    server.offer(TURBOVNC.url, make_turbovnc_deb(tmp_path, **said))
    assert refusal(folder, journal) == reason


@pytest.mark.parametrize("version", ["3.3", "3.3+debian", "3.3-1"])
def test_a_version_may_go_on(
    server: ReleaseServer, folder: Path, journal: Journal, tmp_path: Path, version: str
) -> None:
    server.offer(TURBOVNC.url, make_turbovnc_deb(tmp_path, version=version))
    download(folder, journal)


def test_what_is_no_package_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal, tmp_path: Path
) -> None:
    page = tmp_path / "page"
    page.write_text("<title>Sign in to the hotel's network</title>")
    server.offer(TURBOVNC.url, page)
    assert refusal(folder, journal) == "It is no package that dpkg can read."


def test_a_pinned_sha256_is_checked(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    sha256 = hashlib.sha256(deb.read_bytes()).hexdigest()
    download(folder, journal, replace(TURBOVNC, sha256=sha256.upper())).unlink()
    assert "pinned" not in lines(journal)
    other = replace(TURBOVNC, sha256=hashlib.sha256(b"other").hexdigest())
    reason = f"Its SHA-256 is {sha256}, not the one that is pinned."
    assert refusal(folder, journal, other) == reason


def test_what_is_not_pinned_is_said_before_it_is_fetched(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    download(folder, journal)
    said = lines(journal).splitlines()
    assert said[:2] == [
        "No SHA-256 of TurboVNC is pinned: localhost's certificate alone vouches for it.",
        "Downloading TurboVNC from localhost.",
    ]


def test_a_mirror_with_builds_of_its_own_has_sums_of_its_own(
    server: ReleaseServer,
    deb: Path,
    folder: Path,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pinned = replace(TURBOVNC, sha256=hashlib.sha256(b"other").hexdigest())
    monkeypatch.setenv("COLABWIDGET_SUMS", str(server.sums))
    download(folder, journal, pinned).unlink()
    # Whatever else it names is not pinned any more, and an empty one pins nothing.
    empty = tmp_path / "sums"
    empty.write_text("nonsense\n")
    monkeypatch.setenv("COLABWIDGET_SUMS", str(empty))
    download(folder, journal, pinned).unlink()
    assert "No SHA-256 of TurboVNC is pinned" in lines(journal)
    monkeypatch.setenv("COLABWIDGET_SUMS", str(tmp_path / "none"))
    reason = "COLABWIDGET_SUMS names a file that cannot be read."
    assert refusal(folder, journal, pinned) == reason


def test_each_release_has_a_version_and_its_sum_is_one() -> None:
    pins = runpy.run_path(str(ROOT / "scripts" / "releases.py"))["PINS"]
    for address, sha256 in pins.items():
        assert re.search(r"/releases/download/\d+(\.\d+)+/", address), address
        assert re.fullmatch(r"[0-9a-f]{64}|", sha256), address
    assert sum(map(bool, pins.values())) >= 4


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "It was not found at localhost (404)."),
        (403, "The answer of localhost was 403 and no file."),
    ],
)
def test_an_answer_that_stays_the_same_is_taken_at_once(
    server: ReleaseServer, folder: Path, journal: Journal, status: int, reason: str
) -> None:
    server.fail(TURBOVNC.url, status=status)
    assert refusal(folder, journal) == reason
    assert len(server.requests) == 1


@pytest.mark.parametrize("scheme", ["http", "ftp", "file"])
def test_a_redirect_away_from_https_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal, scheme: str
) -> None:
    server.fail(TURBOVNC.url, redirect=f"{scheme}://{server.url.removeprefix('https://')}/x")
    reason = refusal(folder, journal)
    assert reason == "The answer of localhost leads to an address without HTTPS."
    assert len(server.requests) == 1


def test_a_redirect_in_circles_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, redirect=TURBOVNC.url.removeprefix("https://github.com"))
    assert refusal(folder, journal) == "The answers of localhost lead on more than 5 times."
