"""Released packages: what comes from the server, whole and the right one, or a reason why not."""

from __future__ import annotations

import asyncio
import hashlib
import resource
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles.releases import ReleaseServer, make_turbovnc_deb, make_virtualgl_deb
from support import eventually

from colabwidget.backend.downloads import MIRROR, RELEASES, Release, architecture, fetch, release
from colabwidget.backend.journal import Journal
from colabwidget.backend.transfer import Patience
from colabwidget.errors import ColabWidgetError

pytestmark = pytest.mark.skipif(
    not (shutil.which("dpkg-deb") and shutil.which("openssl")), reason="needs dpkg-deb and openssl"
)

AT_ONCE = Patience(pauses=(0.0, 0.0, 0.0))
TRIES = len(AT_ONCE.pauses) + 1
PADDING = 300_000  # bytes

Told = list[tuple[str, float | None]]


def known(package: str, for_: str = "amd64") -> Release:
    found = release(package, for_)
    assert found
    return found


TURBOVNC = known("turbovnc")


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is released: a real package."""
    return make_turbovnc_deb(tmp_path_factory.mktemp("deb"), padding=PADDING)


@pytest.fixture(scope="module")
def running() -> Iterator[ReleaseServer]:
    with ReleaseServer() as made:
        yield made


@pytest.fixture
def server(
    running: ReleaseServer, deb: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ReleaseServer]:
    """A mirror that has the package, trusted by this test."""
    monkeypatch.setenv(MIRROR, running.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(running.ca))
    monkeypatch.setenv("no_proxy", "*")
    running.offer(TURBOVNC.url, deb)
    running.requests.clear()
    yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def download(
    folder: Path,
    journal: Journal,
    wanted: Release = TURBOVNC,
    patience: Patience = AT_ONCE,
    told: Told | None = None,
) -> Path:
    def progress(text: str, share: float | None) -> None:
        if told is not None:
            told.append((text, share))

    work = fetch(wanted, folder, progress, journal, patience)
    return asyncio.run(asyncio.wait_for(work, 60))


def refusal(folder: Path, journal: Journal, *arguments: Any) -> str:
    """Why it failed; nothing is left behind then."""
    with pytest.raises(ColabWidgetError) as caught:
        download(folder, journal, *arguments)
    assert caught.value.code == "download_failed"
    assert caught.value.info["title"] == "TurboVNC could not be downloaded."
    assert not folder.exists() or list(folder.iterdir()) == []
    reason = caught.value.info["cause"]
    assert reason[0].isupper() and reason.endswith(".")
    return reason


def lines(journal: Journal) -> str:
    return "\n".join(journal.since(0, 100_000)[1])


def ranges(server: ReleaseServer) -> list[str]:
    return [request.range for request in server.requests]


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
    assert {(one.package, one.architecture) for one in RELEASES} == {
        (package, for_) for package in ("turbovnc", "virtualgl") for for_ in ("amd64", "arm64")
    }
    assert release("turbovnc", "riscv64") is None
    assert release("xorg", "amd64") is None


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


# What breaks off


@pytest.mark.parametrize("tag", [{}, {"no_tag": True}, {"weak_tag": True}], ids=str)
def test_what_broke_off_is_resumed(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal, tag: dict[str, bool]
) -> None:
    server.fail(TURBOVNC.url, times=2, break_off_after=100_000, **tag)
    file = download(folder, journal)
    assert file.read_bytes() == deb.read_bytes()
    assert ranges(server) == ["", "bytes=100000-", "bytes=200000-"]
    # No byte came twice.
    assert sum(request.sent for request in server.requests) == deb.stat().st_size
    assert "Downloading TurboVNC again: the connection ended at 0.1 of 0.3 MB." in lines(journal)


def test_a_server_that_cannot_resume_starts_anew(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, times=1, break_off_after=100_000)
    server.then(TURBOVNC.url, no_ranges=True)
    pinned = replace(TURBOVNC, sha256=hashlib.sha256(deb.read_bytes()).hexdigest())
    assert download(folder, journal, pinned).read_bytes() == deb.read_bytes()
    assert [request.sent for request in server.requests] == [100_000, deb.stat().st_size]


@pytest.mark.parametrize("no_tag", [False, True], ids=["tag", "no tag"])
@pytest.mark.parametrize("padding", [0, 2 * PADDING], ids=["smaller", "larger"])
def test_a_file_that_has_changed_meanwhile_is_not_mixed_with_the_old_one(
    server: ReleaseServer,
    deb: Path,
    folder: Path,
    journal: Journal,
    tmp_path: Path,
    padding: int,
    no_tag: bool,
) -> None:
    newer = make_turbovnc_deb(tmp_path, version="3.3-20260602", padding=padding)
    server.offer(TURBOVNC.url, deb, newer)
    server.fail(TURBOVNC.url, times=1, break_off_after=100_000, no_tag=no_tag)
    pinned = replace(TURBOVNC, sha256=hashlib.sha256(newer.read_bytes()).hexdigest())
    told: Told = []
    assert download(folder, journal, pinned, told=told).read_bytes() == newer.read_bytes()
    shares = [share for _, share in told if share]
    assert shares == sorted(shares)


def test_a_file_that_has_changed_to_one_of_the_same_size_is_known_by_its_tag(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal, tmp_path: Path
) -> None:
    data = bytearray(deb.read_bytes())
    data[50_000] ^= 1  # in what came before it broke off
    newer = tmp_path / "newer"
    newer.write_bytes(data)
    server.offer(TURBOVNC.url, deb, newer)
    server.fail(TURBOVNC.url, times=1, break_off_after=100_000)
    assert download(folder, journal).read_bytes() == data


def test_a_network_that_goes_away_in_the_middle_may_come_back(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"https://127.0.0.1:{taken.getsockname()[1]}"
        server.fail(TURBOVNC.url, times=1, break_off_after=100_000)
        server.then(TURBOVNC.url, times=2, redirect=nowhere)
        assert download(folder, journal).read_bytes() == deb.read_bytes()
    assert lines(journal).count("there is no way to 127.0.0.1 (Connection refused)") == 2


def test_what_breaks_off_again_and_again_is_given_up(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, break_off_after=50_000)
    assert refusal(folder, journal) == (
        "It broke off 4 times: the connection ended at 0.2 of 0.3 MB."
    )
    assert len(server.requests) == TRIES


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_passing_trouble_is_asked_again(
    server: ReleaseServer, folder: Path, journal: Journal, status: int
) -> None:
    server.fail(TURBOVNC.url, status=status)
    reason = refusal(folder, journal)
    assert reason == f"It broke off 4 times: the answer of localhost was {status}."
    assert len(server.requests) == TRIES


def test_a_server_that_falls_silent_is_given_up(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, hold_after=100_000)
    reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(), silence=1.0))
    assert reason == "It broke off 1 times: no byte came for 1 s at 0.1 of 0.3 MB."


def test_a_server_that_never_answers_is_not_asked_again(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, silent=True)
    reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(3600.0,), silence=1.0))
    assert reason == "No answer of localhost came within 1 s."


def test_a_server_that_is_mute_is_not_asked_again(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(MIRROR, f"https://localhost:{silent.getsockname()[1]}")
        reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(3600.0,), silence=0.5))
    assert "localhost" in reason and "timed out" in reason


def test_a_full_disk_is_said(server: ReleaseServer, folder: Path, journal: Journal) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PADDING // 2, hard))
    try:
        reason = refusal(folder, journal)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert reason == "It could not be written: File too large."
    assert len(server.requests) == 1


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
    said: dict[str, str],
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
    other = replace(TURBOVNC, sha256=hashlib.sha256(b"other").hexdigest())
    assert refusal(folder, journal, other) == "Its SHA-256 is not the one that it should be."


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


# What cannot be reached


def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    reason = refusal(folder, journal)
    assert reason.startswith("The certificate of localhost was not accepted: ")
    assert server.requests == []


def test_a_certificate_for_another_name_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, server.url.replace("localhost", "127.0.0.1"))
    reason = refusal(folder, journal)
    assert reason.startswith("The certificate of 127.0.0.1 was not accepted: ")
    assert not reason.endswith("..")
    assert server.requests == []


def test_where_nothing_listens_nobody_waits(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:  # bound, so that nobody else gets the port, but not listening
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv(MIRROR, f"https://127.0.0.1:{taken.getsockname()[1]}")
        # A pause that nobody would sit out.
        reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(3600.0,)))
    assert reason == "There is no way to 127.0.0.1 (Connection refused)."


def test_without_an_address_for_the_name_nobody_waits(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = ".".join(["name"] * 60)  # too long to be looked up anywhere
    monkeypatch.setenv(MIRROR, f"https://{host}")
    reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(3600.0,)))
    assert reason == f"There is no address for {host}."


def test_proxies_are_those_of_the_environment(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        assert "Connection refused" in refusal(folder, journal)
    monkeypatch.setenv("no_proxy", "localhost")
    download(folder, journal)


@pytest.mark.parametrize(
    "mirror",
    ["http://localhost", "localhost", "https://", "https://a b", "https://user:word@localhost"],
)
def test_a_mirror_without_https_is_refused(
    server: ReleaseServer,
    folder: Path,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    mirror: str,
) -> None:
    monkeypatch.setenv(MIRROR, mirror)
    reason = refusal(folder, journal)
    assert reason == "COLABWIDGET_RELEASES is no address of a mirror with HTTPS."
    assert "word" not in lines(journal)


def test_a_name_that_cannot_be_one_is_refused(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, "https://a..b")
    assert refusal(folder, journal).startswith("Its address cannot be used: ")


# What is called off


def test_a_cancel_leaves_no_file_and_no_thread(
    server: ReleaseServer, deb: Path, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, slow=100_000)
    told: Told = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        troubles: list[object] = []
        loop.set_exception_handler(lambda _, trouble: troubles.append(trouble))
        begun = loop.create_future()

        def progress(text: str, share: float | None) -> None:
            told.append((text, share))
            if share and not begun.done():
                begun.set_result(None)

        fetching = asyncio.ensure_future(fetch(TURBOVNC, folder, progress, journal, AT_ONCE))
        await begun
        assert [file.suffix for file in folder.iterdir()] == [".part"]
        assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert list(folder.iterdir()) == []
        so_far = list(told)
        while any(thread.name == "download" for thread in threading.enumerate()):
            await asyncio.sleep(0.02)
        assert told == so_far
        assert troubles == []

    asyncio.run(asyncio.wait_for(work(), 60))
    assert list(folder.iterdir()) == []
    assert [request.sent < deb.stat().st_size for request in server.requests] == [True]


def test_a_cancel_does_not_wait_for_a_silent_server(
    server: ReleaseServer, folder: Path, journal: Journal
) -> None:
    server.fail(TURBOVNC.url, hold_after=0)

    async def work() -> None:
        # A silence that nobody would sit out.
        patience = Patience(silence=3600.0)
        fetching = asyncio.ensure_future(
            fetch(TURBOVNC, folder, lambda *_: None, journal, patience)
        )
        while not server.requests:
            await asyncio.sleep(0.02)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching

    asyncio.run(asyncio.wait_for(work(), 60))
    assert list(folder.iterdir()) == []
    server.hang_up()
    eventually(lambda: not any(one.name == "download" for one in threading.enumerate()))
