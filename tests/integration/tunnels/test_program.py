"""A tunnel that is one program, as other packages build on it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.children import descendants
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.program import ProgramTunnel
from colabwidget.tunnels.spec import TunnelSpec
from tests.kit.machine.processes import command_line
from tests.kit.machine.tokens import find_in_processes, new_token

HERE = Endpoint("boats.example.org", 4022)
SAYS_WHERE = "print('leads to boats.example.org 4022', flush=True)\n"


class Boat(ProgramTunnel):
    """Starts Python with the words of a test."""

    spec = TunnelSpec("boat", "Paper boat", "It floats.")
    start_timeout = 10.0
    source = SAYS_WHERE + "import time; time.sleep(60)"

    def command(self, local_port: int) -> Sequence[str]:
        return [sys.executable, "-c", self.source, str(local_port)]

    def parse_endpoint(self, line: str) -> Endpoint | None:
        words = line.split()
        if words[0] == "leads":  # an empty line has no first word
            return Endpoint(words[2], int(words[3]))
        return None

    def parse_online(self, line: str) -> bool | None:
        return {"adrift": False, "moored": True}.get(line)


class PirateBoat(Boat):
    """Its program says where it leads in words that are no host."""

    def parse_endpoint(self, line: str) -> Endpoint | None:
        word, _, place = line.partition(" to ")
        return Endpoint(place, 4022) if word == "leads" else None


Use = Callable[[Boat], Awaitable[Any]]


@pytest.fixture
def sail(journal: Journal, tmp_path: Path) -> Callable[..., Any]:
    """Make a boat of a kind, and use it until it is closed."""

    def sail(use: Use, kind: type[Boat] = Boat, token: str = "", **changes: Any) -> Any:
        async def work() -> Any:
            news.clear()
            context = TunnelContext(
                tmp_path, journal, lambda text, share: None, lambda: news.append("online")
            )
            boat = kind(Options(tunnel="boat"), Secret(token), context)
            for name, value in changes.items():
                setattr(boat, name, value)
            try:
                await boat.prepare()
                return await asyncio.wait_for(use(boat), 20)
            finally:
                await boat.close()
                assert not boat.running()
                assert str(tmp_path) not in "".join(map(command_line, descendants()))

        return asyncio.run(work())

    news: list[str] = []
    sail.news = news  # type: ignore[attr-defined]
    return sail


def error_of(sail: Callable[..., Any], **changes: Any) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as caught:
        sail(lambda boat: boat.open(22), **changes)
    return caught.value


def lines(journal: Journal) -> list[str]:
    return journal.since(0, 100_000)[1]


def test_it_leads_where_its_program_says(sail: Any, journal: Journal) -> None:
    async def use(boat: Boat) -> None:
        assert not boat.running() and not boat.is_online() and boat.endpoint is None
        assert await boat.open(4711) == HERE == boat.endpoint
        assert boat.running() and boat.is_online()
        assert sail.news == ["online"]
        assert boat.loopback_command() == ()
        assert any(" 4711" in command_line(pid) for pid in descendants())

    sail(use)
    assert "boat: leads to boats.example.org 4022" in lines(journal)


def test_what_it_says_before_is_no_trouble(sail: Any) -> None:
    source = "print('\\nleads to nowhere x\\nleads', flush=True)\n" + Boat.source
    assert sail(lambda boat: boat.open(22), source=source) == HERE


def test_its_token_is_in_its_environment_and_nowhere_else(sail: Any, journal: Journal) -> None:
    class Private(Boat):
        source = "import os; print(os.environ['BOAT_TOKEN'], flush=True)\n" + Boat.source

        def environment(self) -> Mapping[str, str]:
            return {"BOAT_TOKEN": self.token.reveal()}

    token = new_token()
    journal.redactor.add([Secret(token)])

    async def use(boat: Boat) -> None:
        await boat.open(22)
        places = [found.partition(":")[0] for found in find_in_processes([token])]
        assert places and all(place.endswith("/environ") for place in places)

    sail(use, Private, token)
    assert token not in "\n".join(lines(journal))
    assert not find_in_processes([token])


def test_it_sees_nothing_of_the_notebook_s_environment(
    sail: Any, monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    monkeypatch.setenv("MY_SECRET", "do not tell")
    sail(
        lambda boat: boat.open(22),
        source="import os; print('MY_SECRET' in os.environ, flush=True)\n" + Boat.source,
    )
    assert "boat: False" in lines(journal)


def test_its_standard_input_stays_open_where_that_is_asked_for(sail: Any) -> None:
    source = "import sys; sys.stdin.read() or sys.exit('nobody listens')\n" + Boat.source
    error = error_of(sail, source=source)
    assert error.info["cause"] == "It said: nobody listens."
    error = error_of(sail, source=source, keeps_stdin=True, start_timeout=0.5)
    assert error.code == "tunnel_silent"


@pytest.mark.parametrize(
    ("source", "code", "cause"),
    [
        ("raise SystemExit('no water')", "tunnel_failed", "It said: no water."),
        ("pass", "tunnel_failed", "It ended at once and said nothing."),
        (
            "import time; time.sleep(60)",
            "tunnel_silent",
            "Its program gave no address within 1 s.",
        ),
    ],
)
def test_one_that_does_not_say_where_it_leads_is_refused(
    sail: Any, source: str, code: str, cause: str
) -> None:
    error = error_of(sail, source=source, start_timeout=1.0 if "sleep" in source else 10.0)
    assert (error.code, error.info["cause"]) == (code, cause)
    assert error.info["title"].startswith("Paper boat ")


def test_a_kind_of_its_own_knows_its_refusals(sail: Any) -> None:
    class Proud(Boat):
        source = "print('rate limit'); raise SystemExit(1)"

        def start_error(self, said: Sequence[str]) -> ColabWidgetError:
            if "rate limit" in said:
                return ColabWidgetError("cloudflare_busy")
            return super().start_error(said)

    assert error_of(sail, kind=Proud).code == "cloudflare_busy"


def test_a_program_that_is_not_there_is_named(sail: Any) -> None:
    class Lost(Boat):
        def command(self, local_port: int) -> Sequence[str]:
            return ["no-such-boat", str(local_port)]

    error = error_of(sail, kind=Lost)
    assert error.info["cause"] == "There is no program no-such-boat on this machine."


def test_a_program_is_looked_for_on_the_user_s_path(
    sail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "paddle"
    program.write_text("#!/bin/sh\necho leads to boats.example.org 4022; exec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    class Paddled(Boat):
        def command(self, local_port: int) -> Sequence[str]:
            return ["paddle", str(local_port)]

    assert sail(lambda boat: boat.open(22), Paddled) == HERE


def test_it_is_broken_when_it_says_that_its_way_is_lost_and_online_when_it_is_back(
    sail: Any, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    source = SAYS_WHERE + f"for line in open({str(pipe)!r}): print(line, end='', flush=True)"

    async def use(boat: Boat) -> None:
        await boat.open(22)
        with pipe.open("w", buffering=1) as say:
            broken = asyncio.ensure_future(boat.wait_failed())
            say.write("all is well\nadrift\n")
            assert await broken == "the boat program has lost its connection"
            assert boat.running() and not boat.is_online()
            again = asyncio.ensure_future(boat.wait_failed())
            say.write("adrift\n")
            assert await again  # it is lost once more
            assert boat.running()
            assert sail.news == ["online"]
            say.write("moored\nmoored\n")
            while not boat.is_online():
                await asyncio.sleep(0.01)
            assert sail.news == ["online", "online"]
            ends = asyncio.ensure_future(boat.wait_failed())
            await asyncio.sleep(0.1)
            assert not ends.done()
        assert await ends == "the boat program ended with status 0"
        assert not boat.running() and not boat.is_online()

    sail(use, source=source)


@pytest.mark.parametrize("host", ["-oProxyCommand=id", "a;id", "* b", "a,b", "[::1]", "$(id)"])
def test_an_address_that_is_none_gets_into_no_command(sail: Callable[..., Any], host: str) -> None:
    source = f"print('leads to {host}', flush=True)\nimport time; time.sleep(60)"
    with pytest.raises(ColabWidgetError) as caught:
        sail(lambda boat: boat.open(22), PirateBoat, source=source)
    assert caught.value.code == "endpoint_invalid"
    assert repr(f"{host}:4022") in caught.value.info["cause"]
