"""What apt says when it fails, and what a user is told of it."""

from __future__ import annotations

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import apt, apt_output
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
]


@pytest.mark.parametrize(("said", "code", "part"), WORDS)
def test_its_words_are_understood(said: str, code: str, part: str) -> None:
    error = apt_output.error_of(f"Reading package lists...\n{said}")
    assert (error.code, part in error.info["cause"]) == (code, True), error


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
        work = apt.wait_for_lists(held, lambda text, share: progress.append(text))
        run_without_waiting(work)
    assert raised.value.code == "apt_locked"
    assert tries == apt_output.LOCK_TIMEOUT
    assert progress == shown * tries


@pytest.mark.parametrize("then", [None, "E: The repository is not signed."])
def test_lists_are_refreshed_once_they_are_free(then: str | None) -> None:
    answers = [LISTS, LISTS, then]

    async def update() -> str | None:
        return answers.pop(0)

    assert run_without_waiting(apt.wait_for_lists(update, lambda text, share: None)) == then
    assert answers == []
