"""Look-ups of accounts: beside the event loop, within a limit, and asked once."""

from __future__ import annotations

import asyncio
import grp
import pwd
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import lookups
from colabwidget.system import accounts

NAME = "ada@corp.example"
NUMBER = 1_234_600_001
ADA = pwd.struct_passwd((NAME, "x", NUMBER, NUMBER, "", "/home/ada", "/bin/sh"))
STAFF = grp.struct_group(("staff@corp.example", "x", NUMBER, [NAME]))


class Directory:
    """A directory service: what it has, whether it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self.asked: list[str | int] = []

    def account(self, which: str | int) -> pwd.struct_passwd:
        self._wait(which)
        if which not in (NAME, NUMBER):
            raise KeyError(which)
        return ADA

    def group(self, name: str) -> grp.struct_group:
        self._wait(name)
        if name != STAFF.gr_name:
            raise KeyError(name)
        return STAFF

    def _wait(self, which: str | int) -> None:
        self.asked.append(which)
        self.answers.wait(20)


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Directory]:
    made = Directory()
    monkeypatch.setattr(pwd, "getpwnam", made.account)
    monkeypatch.setattr(pwd, "getpwuid", made.account)
    monkeypatch.setattr(grp, "getgrnam", made.group)
    yield made
    made.answers.set()


def test_what_was_learned_is_asked_no_more(directory: Directory) -> None:
    async def learn() -> None:
        await lookups.learn(NAME, NUMBER, "no-such-name")
        await lookups.learn_groups(STAFF.gr_name, "none-such")

    asyncio.run(learn())
    asked = list(directory.asked)
    assert asked == [NAME, NUMBER, "no-such-name", STAFF.gr_name, "none-such"]
    assert accounts.find(NAME) == accounts.find(NUMBER) == accounts.entry(NAME) == ADA
    assert accounts.find_group(STAFF.gr_name) == STAFF
    assert accounts.find("no-such-name") is None and accounts.find_group("none-such") is None
    with pytest.raises(KeyError):
        accounts.entry("no-such-name")
    assert directory.asked == asked


def test_what_is_learned_again_is_asked_again(directory: Directory) -> None:
    async def learn() -> None:
        await lookups.learn(NAME)
        await lookups.learn(NAME)

    asyncio.run(learn())
    assert directory.asked == [NAME, NAME]


def test_the_machine_s_own_accounts_and_groups_ask_no_directory(directory: Directory) -> None:
    async def learn() -> None:
        await lookups.learn("root", 0)
        await lookups.learn_groups("root")

    asyncio.run(learn())
    found, group = accounts.find("root"), accounts.find_group("root")
    assert found and found.pw_uid == 0 and accounts.find(0) == found
    assert group and group.gr_gid == 0
    assert directory.asked == []


@pytest.mark.parametrize(
    ("learn", "what"),
    [
        (lambda: lookups.learn(NAME, limit=0.1), f"account {NAME}"),
        (lambda: lookups.learn(NUMBER, limit=0.1), f"account {NUMBER}"),
        (lambda: lookups.learn_groups(STAFF.gr_name, limit=0.1), "group staff@"),
    ],
)
def test_a_directory_that_is_silent_keeps_the_loop_running(
    directory: Directory, learn: Callable[[], Awaitable[None]], what: str
) -> None:
    directory.answers.clear()
    turns = 0

    async def beside() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.005)

    async def run() -> None:
        task = asyncio.create_task(beside())
        try:
            await learn()
        finally:
            task.cancel()

    begun = time.monotonic()
    with pytest.raises(ColabWidgetError) as caught:
        asyncio.run(run())
    assert time.monotonic() - begun < 5
    assert caught.value.code == "accounts_silent" and what in str(caught.value)
    assert turns > 3
