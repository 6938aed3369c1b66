"""When an invitation is made, refused and over; no account is made, and no sshd runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from colabwidget.access import authorized_keys, guest_account
from colabwidget.access.account import Account
from colabwidget.access.guest import Guest
from colabwidget.access.ssh_presence import name_of
from colabwidget.access.sshd import SshService
from colabwidget.access.sshd_log import SshClient
from colabwidget.backend import invitations
from colabwidget.backend.invitations import Invitations
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.invitation import Sight
from colabwidget.core.secrets import Secret
from colabwidget.runtime.journal import Journal

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5Tq2v"
OWNER = Account("colab", "/home/colab", None, f"{KEY} owner@laptop")


class Sshd:
    """Knows guests, and who is in."""

    def __init__(self) -> None:
        self.guests: list[str] = []
        self.clients: list[SshClient] = []
        self.ended: list[str] = []
        self.call: Callable[[SshClient], None] = lambda client: None

    def on_client(self, call: Callable[[SshClient], None]) -> None:
        self.call = call

    async def let_guests_in(self, guests: list[Guest]) -> None:
        self.guests = [guest.name for guest in guests]

    def forget_guests(self) -> None:
        self.guests = []

    def guest_of(self, client: SshClient) -> str:
        return client.user if client.user in self.guests else ""

    def present(self) -> list[dict[str, str]]:
        return [
            {"name": name_of(each), "guest": self.guest_of(each)}
            for each in self.clients
            if name_of(each) not in self.ended
        ]

    async def end_client(self, name: str) -> bool:
        self.ended.append(name)
        return True

    def comes_in(self, user: str, port: int = 4001) -> SshClient:
        client = SshClient(port, "password", 1.0, user)
        self.clients.append(client)
        self.call(client)
        return client


class View:
    """What a guest sees."""

    sees: Sight = "shell"
    typing = False
    password: Secret | None = None

    def __init__(self, port: int = 0) -> None:
        self.gone = ""
        self.is_closed = False
        self._port = port

    async def open(self, guest: Guest) -> int:
        return self._port

    def why_gone(self) -> str:
        return self.gone

    async def close(self) -> None:
        self.is_closed = True


class World:
    """Invitations of a session, and what they did."""

    def __init__(self, folder: Path, journal: Journal, patch: pytest.MonkeyPatch) -> None:
        self.now, self.sshd, self.journal = 0.0, Sshd(), journal
        self.is_root = True
        self.removed: list[str] = []
        self.locked: list[str] = []
        self.making: Callable[[], Awaitable[None]] | None = None
        self.all = Invitations(folder, journal, lambda: None, clock=lambda: self.now)
        patch.setattr(invitations, "is_root", lambda: self.is_root)
        for name in ("make", "lock", "remove", "restore_after_crash"):
            patch.setattr(guest_account, name, getattr(self, name))
        patch.setattr(invitations, "set_password", self.set_password)
        patch.setattr(authorized_keys.Keys, "fetch", _nothing)
        patch.setattr(authorized_keys.Keys, "judge", _nothing)
        patch.setattr(authorized_keys.Keys, "lines", property(lambda keys: keys.asked))

    async def make(self, name: str, key: str, files: Path, journal: Journal) -> Guest:
        if self.making:
            await self.making()
        return Guest(name, files / name, key, uid=990 if self.is_root else None)

    async def set_password(self, name: str, journal: Journal) -> Secret:
        return Secret("valid once")

    async def lock(self, guest: Guest, journal: Journal) -> None:
        self.locked.append(guest.name)

    async def remove(self, name: str, files: Path, journal: Journal) -> None:
        self.removed.append(name)

    async def restore_after_crash(self, files: Path, journal: Journal) -> None:
        self.removed.append("what was left")

    async def invite(self, view: View | None = None, key: str = "", minutes: int = 30) -> str:
        sshd = cast(SshService, self.sshd)
        return await self.all.invite(sshd, view or View(), owner=OWNER, key=key, minutes=minutes)

    async def until_over(self) -> None:
        while self.all.as_list():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.02)  # it is removed

    def log(self) -> str:
        return "\n".join(self.journal.since(0, 10_000)[1])


async def _nothing(self: object) -> None:
    """Do nothing."""


@pytest.fixture
def world(tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, journal, monkeypatch)


def run(work: Awaitable[Any]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(work, 10)

    return asyncio.run(limited())


def test_it_ends_when_its_time_is_over(world: World) -> None:
    async def work() -> None:
        view = View()
        name = await world.invite(view, minutes=5)
        world.now = 299.0
        (one,) = world.all.as_list()
        assert (one["seconds"], one["way"], one["present"]) == (1.0, "one-time password", False)
        world.now = 300.0
        await world.until_over()
        assert (view.is_closed, world.removed, world.sshd.guests) == (True, [name], [])

    run(work())
    assert "has ended: its time is over." in world.log()


def test_it_ends_with_what_is_seen(world: World) -> None:
    async def work() -> None:
        view = View()
        await world.invite(view)
        view.gone = "the terminal has ended"
        await world.until_over()

    run(work())
    assert "has ended: the terminal has ended." in world.log()


def test_a_password_lets_in_one_who_then_ends_it_by_leaving(world: World) -> None:
    async def work() -> None:
        name = await world.invite()
        first = world.sshd.comes_in(name)
        second = world.sshd.comes_in(name, 4002)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert world.sshd.ended == [name_of(second)] and world.locked == [name]
        assert world.all.as_list()[0]["present"]
        world.sshd.clients.remove(first)
        await world.until_over()
        assert world.removed == [name]

    run(work())
    assert "has ended: its one sign-in has ended." in world.log()


def test_a_key_lets_in_again_and_again(world: World) -> None:
    async def work() -> None:
        name = await world.invite(key=KEY)
        for port in (4001, 4002):
            world.sshd.comes_in(name, port)
        await asyncio.sleep(0.7)
        assert (world.sshd.ended, world.locked) == ([], [])
        assert [each["name"] for each in world.all.as_list()] == [name]

    run(work())


def test_one_who_comes_in_after_the_end_is_ended(world: World) -> None:
    async def work() -> None:
        name = await world.invite(key=KEY)
        other = await world.invite()
        await world.all.revoke(name)
        await world.all.revoke(name)
        late = world.sshd.comes_in(name)
        world.sshd.comes_in("colab", 4002)
        await asyncio.sleep(0)
        assert world.sshd.ended == [name_of(late)]
        assert world.sshd.guests == [other]

    run(work())


def test_the_end_of_the_session_ends_all_and_one_that_is_being_made(world: World) -> None:
    async def work() -> None:
        views = [View(), View()]
        names = [await world.invite(view) for view in views]
        begun = asyncio.Event()

        async def slowly() -> None:
            begun.set()
            await asyncio.sleep(0.1)

        world.making = slowly
        making = asyncio.ensure_future(world.invite())
        await begun.wait()
        waiting = asyncio.ensure_future(world.invite())
        await asyncio.sleep(0)
        await world.all.close()
        assert all(view.is_closed for view in views)
        name = await making
        assert world.removed == [*names, name, "what was left"]
        assert (world.all.as_list(), world.sshd.guests) == ([], [])
        with pytest.raises(ColabWidgetError) as refused:
            await waiting
        assert refused.value.code == "not_connected"

    run(work())


def test_what_fails_half_way_leaves_nothing(world: World) -> None:
    async def fails(guests: list[Guest]) -> None:
        raise ColabWidgetError("sshd_failed", reason="no")

    async def work() -> None:
        view = View()
        world.sshd.let_guests_in = fails  # type: ignore[method-assign]
        with pytest.raises(ColabWidgetError):
            await world.invite(view)
        assert view.is_closed and len(world.removed) == 1 and world.all.as_list() == []

    run(work())


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ([""], "invite_needs_key"),
        ([f"{KEY} another@comment"], "invite_key_taken"),
        (["github:ana", "github:ana"], "invite_key_taken"),
    ],
)
def test_without_root_a_key_of_the_guest_s_own_is_needed(
    world: World, monkeypatch: pytest.MonkeyPatch, keys: list[str], code: str
) -> None:
    world.is_root = False
    fetched = {"github:ana": "ssh-ed25519 BBBB ana"}
    lines = property(lambda keys: fetched.get(keys.asked, keys.asked))
    monkeypatch.setattr(authorized_keys.Keys, "lines", lines)

    async def work() -> None:
        *fine, last = keys
        for key in fine:
            await world.invite(key=key)
            (one,) = world.all.as_list()
            assert one["way"] == "key github:ana"
            (told,) = world.all.details(Endpoint("host.example", 2222))
            assert told.command == "ssh -p 2222 colab@host.example"
        with pytest.raises(ColabWidgetError) as refused:
            await world.invite(key=last)
        assert refused.value.code == code

    run(work())


def test_no_more_than_eight_are_open_and_the_desktop_is_a_forward(world: World) -> None:
    async def work() -> None:
        names = [await world.invite(View(port=40_000 + number)) for number in range(8)]
        told = world.all.details(Endpoint("host.example", 2222))
        assert told[3].command == (
            f"ssh -N -L 5901:127.0.0.1:40003 -p 2222 {names[3]}@host.example"
        )
        assert told[3].viewer_address == "localhost:1"
        with pytest.raises(ColabWidgetError) as refused:
            await world.invite()
        assert refused.value.code == "invite_too_many"

    run(work())
