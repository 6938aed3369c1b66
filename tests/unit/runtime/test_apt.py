"""What apt says when it fails, and what a user is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import apt_get, apt_output, apt_sources
from tests.kit.clock import run_without_waiting

HELD = (
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (apt-get)\n"
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another "
    "process using it?"
)
LISTS = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)"
UNNAMED = "E: Could not get lock /var/lib/apt/lists/lock - open (11: Try again)"
UNRESOLVED = (
    "E: Failed to fetch http://deb.debian.org/debian/pool/main/o/openssh/openssh-server.deb  "
    "Temporary failure resolving 'deb.debian.org'"
)
UNREAD = "E: The list of sources could not be read."
# Beside what the tests on copies of a machine have from apt itself.
WORDS = [
    (HELD, "apt_locked", "120 s"),
    (LISTS, "apt_locked", "120 s"),
    (UNRESOLVED, "apt_network", "Temporary failure resolving 'deb.debian.org'"),
    ("E: Unable to locate package openssh-server", "apt_not_found", "do not have it"),
    ("E: Package 'sudo' has no installation candidate", "apt_not_found", "do not have it"),
    ("E: You don't have enough free space in /var/cache/apt/archives/.", "disk_full", "/var/cache"),
    ("dpkg: error processing archive x.deb: Disk quota exceeded", "disk_full", "quota"),
    ("E: Sub-process /usr/bin/dpkg returned an error code (1)", "apt_failed", "error code (1)"),
    ("", "apt_failed", "nothing"),
    (
        "dpkg: error processing package cups (--configure):\n"
        " installed cups package post-installation script subprocess returned error exit status 7\n"
        "dpkg: error processing package printers (--configure):\n"
        " dependency problems - leaving unconfigured\n"
        "Errors were encountered while processing:\n cups\n printers\n"
        "E: Sub-process /usr/bin/dpkg returned an error code (1)",
        "apt_failed",
        "package cups (--configure): installed cups package post-installation script subprocess",
    ),
    (
        "The following packages have unmet dependencies:\n"
        " openssh-server : Depends: openssh-client (= 1:9.2p1-2) but 1:9.2p1-7 is to be installed\n"
        "E: Unable to correct problems, you have held broken packages.",
        "apt_failed",
        "openssh-server : Depends: openssh-client (= 1:9.2p1-2) but 1:9.2p1-7 is to be installed",
    ),
    (
        f"E: Malformed entry 1 in list file /etc/apt/sources.list.d/bad.list (Component)\n{UNREAD}",
        "apt_sources",
        "/etc/apt/sources.list.d/bad.list (Component)",
    ),
    (
        f"E: Malformed entry 1 in sources file /etc/apt/sources.list.d/bad.sources (URI)\n{UNREAD}",
        "apt_sources",
        "/etc/apt/sources.list.d/bad.sources (URI)",
    ),
    (
        "E: Type 'debx' is not known on line 3 in source list /etc/apt/sources.list.d/bad.list\n"
        + UNREAD,
        "apt_sources",
        "on line 3 in source list /etc/apt/sources.list.d/bad.list",
    ),
    (
        f"E: Unable to parse package file /etc/apt/sources.list.d/bad.sources (1)\n{UNREAD}",
        "apt_sources",
        "/etc/apt/sources.list.d/bad.sources (1)",
    ),
    (
        "E: Unable to parse package file /etc/apt/preferences.d/bad (1)",
        "apt_sources",
        "/etc/apt/preferences.d/bad",
    ),
    (
        "E: Syntax error /etc/apt/apt.conf.d/99bad:2: Extra junk at end of file",
        "apt_sources",
        "/etc/apt/apt.conf.d/99bad:2",
    ),
    (
        "E: Conflicting values set for option Signed-By regarding source "
        f"https://download.docker.com/linux/ubuntu/ jammy: /a.gpg != /b.asc\n{UNREAD}",
        "apt_sources",
        "It stands in /etc/apt/sources.list:3, /etc/apt/sources.list.d/docker.list:1.",
    ),
    (
        "Err:5 http://deb.debian.org/debian stretch Release\n"
        "  404  Not Found [IP: 203.0.113.80 80]\n"
        "E: The repository 'http://deb.debian.org/debian stretch Release' does not have a Release "
        "file.\nE: Unable to locate package openssh-server",
        "apt_sources",
        "Releases that are no longer served there are at archive.debian.org.",
    ),
    (
        "E: The repository 'http://archive.ubuntu.com/ubuntu impish Release' does no longer have a "
        "Release file.\nE: Unable to locate package openssh-server",
        "apt_sources",
        "at old-releases.ubuntu.com.",
    ),
    (
        "W: GPG error: https://a.example InRelease: The following signatures couldn't be verified "
        "because the public key is not available: NO_PUBKEY B53DC80D13EDEF05\n"
        "E: The repository 'https://a.example InRelease' is not signed.\n"
        "E: Unable to locate package openssh-server",
        "apt_sources",
        "NO_PUBKEY B53DC80D13EDEF05",
    ),
    (
        "W: An error occurred during the signature verification. The repository is not updated and "
        "the previous index files will be used. GPG error: http://deb.debian.org/debian bookworm "
        "InRelease: Couldn't create temporary file /tmp/apt.conf.yarObv for passing config to "
        "apt-key\n"
        "E: The repository 'http://deb.debian.org/debian bookworm InRelease' is not signed.\n"
        "E: Unable to locate package openssh-server",
        "apt_failed",
        "Couldn't create temporary file /tmp/apt.conf.yarObv",
    ),
    (
        "E: Unable to mkstemp /tmp/clearsigned.message.rzD69s - GetTempFile (2: No such file or "
        "directory)\nE: The package lists or status file could not be parsed or opened.",
        "apt_failed",
        "Unable to mkstemp /tmp/clearsigned.message.rzD69s",
    ),
    (
        "E: Write error - write (28: No space left on device)\n"
        "E: The package lists or status file could not be parsed or opened.",
        "disk_full",
        "No space left on device",
    ),
    (
        "E: Failed to fetch http://a.example/./Packages  Hash Sum mismatch\n"
        "E: Some index files failed to download. They have been ignored, or old ones used instead."
        "\nE: Unable to locate package openssh-server",
        "apt_failed",
        "Hash Sum mismatch",
    ),
    (
        "E: Problem executing scripts DPkg::Pre-Invoke 'exit 3'\n"
        "E: Sub-process returned an error code",
        "apt_failed",
        "Problem executing scripts DPkg::Pre-Invoke 'exit 3'",
    ),
    (
        "E: Sub-process exit 3 returned an error code (3)\nE: Failure running script exit 3",
        "apt_failed",
        "Sub-process exit 3 returned an error code (3)",
    ),
]
SOURCES = [
    apt_sources.Source("/etc/apt/sources.list:1", "http://deb.debian.org/debian"),
    apt_sources.Source("/etc/apt/sources.list:3", "https://download.docker.com/linux/ubuntu"),
    apt_sources.Source(
        "/etc/apt/sources.list.d/docker.list:1", "https://download.docker.com/linux/ubuntu/"
    ),
]


@pytest.mark.parametrize(("said", "code", "part"), WORDS)
def test_its_words_are_understood(said: str, code: str, part: str) -> None:
    error = apt_output.error_of(f"Reading package lists...\n{said}", SOURCES)
    assert (error.code, part in error.info["cause"]) == (code, True), error


def test_without_sources_there_is_no_package() -> None:
    said = "E: Unable to locate package openssh-server"
    assert apt_output.error_of(said, []).info["cause"] == "This system has no package sources."


def test_a_dead_source_is_the_reason_only_where_lists_are_lacking() -> None:
    dead = "E: Failed to fetch http://a.example/InRelease  Could not connect to a.example:80"
    lacking = apt_output.relevant(dead, "E: Unable to locate package openssh-server")
    assert apt_output.error_of(lacking).code == "apt_network"
    other = "dpkg: error processing package x (--configure):\n it failed\nE: Sub-process dpkg"
    assert "package x" in apt_output.error_of(apt_output.relevant(dead, other)).info["cause"]


def test_lists_that_cannot_be_read_are_found() -> None:
    said = (
        "E: LZ4F: /var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_"
        "Packages.lz4 Unexpected end of file\n"
        "E: Problem with MergeList /var/lib/apt/lists/a.example_dists_x_Packages\n"
        "E: The package lists or status file could not be parsed or opened."
    )
    assert apt_output.damaged_lists(said) == [
        "a.example_dists_x_Packages",
        "deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages.lz4",
    ]
    assert apt_output.STALE.search(said)
    assert apt_output.damaged_lists("E: Failed to fetch /var/lib/apt/lists/x") == []


def test_sources_are_found_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://off.example x main\n\n"
        "deb [arch=amd64 signed-by=/a.gpg] http://a.example x main\ndeb-src http://b.example x y\n"
    )
    (folder / "b.sources").write_text(
        "# of the image\nTypes: deb\nURIs: http://c.example http://d.example\nSuites: x\n\n"
        "Types: deb-src\nURIs: http://e.example\n\n"
        "Enabled: no\nTypes: deb\nURIs: http://f.example\n\nTypes: deb deb-src\n"
        "URIs: http://g.example\n"
    )
    (folder / "c.list.save").write_text("deb http://h.example x y\n")
    assert [tuple(each) for each in apt_sources.read(tmp_path)] == [
        (f"{tmp_path}/sources.list:3", "http://a.example"),
        (f"{folder}/b.sources:3", "http://c.example"),
        (f"{folder}/b.sources:3", "http://d.example"),
        (f"{folder}/b.sources:14", "http://g.example"),
    ]
    assert apt_sources.read(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [(LISTS, []), (UNNAMED, ["waiting for another package manager to finish"])],
    ids=["named", "unnamed"],
)
def test_lists_that_others_hold_are_waited_for_no_longer_than_is_said(
    said: str, shown: list[str]
) -> None:
    tries = 0
    progress: list[str] = []

    async def held() -> str:
        nonlocal tries
        tries += 1
        return said

    with pytest.raises(ColabWidgetError) as raised:
        work = apt_get.wait_for_lists(held, lambda text, share: progress.append(text))
        run_without_waiting(work)
    assert raised.value.code == "apt_locked"
    assert tries == apt_output.LOCK_TIMEOUT
    assert progress == shown * tries


@pytest.mark.parametrize("then", [None, "E: The repository is not signed."])
def test_lists_are_refreshed_once_they_are_free(then: str | None) -> None:
    answers = [LISTS, LISTS, then]

    async def update() -> str | None:
        return answers.pop(0)

    assert run_without_waiting(apt_get.wait_for_lists(update, lambda text, share: None)) == then
    assert answers == []
