"""What breaks off is resumed, what cannot be reached is given up, what is called off is gone."""

from __future__ import annotations

import asyncio
import hashlib
import resource
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from colabwidget.runtime.http import Patience
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.fetch import MIRROR, fetch
from tests.doubles.releases import ReleaseServer, make_turbovnc_deb
from tests.kit.backend.downloads import (
    AT_ONCE,
    PADDING,
    TRIES,
    TURBOVNC,
    Told,
    download,
    lines,
    needs_tools,
    ranges,
    refusal,
)
from tests.kit.waiting import eventually

pytestmark = needs_tools

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
    with (
        socket.socket() as taken
    ):  # bound, so that no other program gets the port, but not listening
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv(MIRROR, f"https://127.0.0.1:{taken.getsockname()[1]}")
        # A pause that no test would sit out.
        reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(3600.0,)))
    assert reason == "There is no way to 127.0.0.1 (Connection refused)."


def test_without_an_address_for_the_name_nobody_waits(
    server: ReleaseServer, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = ".".join(["name"] * 60)  # too long to be looked up anywhere
    monkeypatch.setenv(MIRROR, f"https://{host}")
    reason = refusal(folder, journal, TURBOVNC, Patience(pauses=(3600.0,)))
    assert reason == f"Cannot find {host} (DNS failed; is this machine online?)."


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
        # A silence that no test would sit out.
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
