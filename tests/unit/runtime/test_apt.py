"""What apt says when it fails, and what a user is told of it."""

from __future__ import annotations

import asyncio

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import apt, apt_output
from colabwidget.runtime.journal import Journal

HELD = (
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (apt-get)\n"
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another "
    "process using it?"
)
LISTS = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)"
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


def test_lists_that_others_hold_are_waited_for_no_longer_than_is_said(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[list[str]] = []

    async def held(arguments: list[str], *_: object) -> str:
        tries.append(arguments)
        return LISTS

    async def at_once(_: float) -> None:
        pass

    monkeypatch.setattr(apt, "_apt", held)
    monkeypatch.setattr(asyncio, "sleep", at_once)
    with pytest.raises(ColabWidgetError) as raised:
        asyncio.run(apt._update(journal, lambda text, share: None))
    assert raised.value.code == "apt_locked"
    assert len(tries) == apt_output.LOCK_TIMEOUT
