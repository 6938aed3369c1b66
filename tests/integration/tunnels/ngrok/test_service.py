"""What ngrok's service does to an agent that runs, and what the tunnel makes of it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.ngrok.tunnel import NgrokTunnel
from tests.doubles import install_ngrok, set_behaviour
from tests.kit.ngrok_agent import TOKEN, Run, Upstream, through, write_config

# No agent of a test that runs beside these has it.
OWN_TOKEN = "2own" + secrets.token_hex(20)

Work = Callable[[NgrokTunnel], Awaitable[None]]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = install_ngrok(tmp_path / "bin")
    monkeypatch.setenv("PYNGROK_NGROK_PATH", str(made))
    monkeypatch.setenv("COLABWIDGET_INTERNET", "127.0.0.1:1")  # nothing outside answers
    return made


@pytest.fixture
def run(tmp_path: Path, journal: Journal, agent: Path) -> Callable[..., None]:
    journal.redactor.add([Secret(TOKEN), TOKEN])

    def run(
        work: Work, kind: type[NgrokTunnel] = NgrokTunnel, token: str = TOKEN, **options: Any
    ) -> None:
        journal.redactor.add([Secret(token)])

        async def all_of_it() -> None:
            context = TunnelContext(tmp_path, journal, lambda text, share: None)
            tunnel = kind(Options(**options), Secret(token), context)
            try:
                await work(tunnel)
            finally:
                await tunnel.close()

        asyncio.run(all_of_it())

    return run


def lines(journal: Journal) -> str:
    return "\n".join(journal.since(0, 1 << 20)[1])


def agent_pid(agent: Path) -> int:
    """The process that runs the stand-in."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                command = (folder / "cmdline").read_bytes()
                if str(agent).encode() in command and b"python" in command:
                    return int(folder.name)
            except OSError:
                continue
    raise AssertionError("no agent runs")


def refused(run: Callable[..., None], **kept: Any) -> ColabWidgetError:
    """The error that an agent's start ends with."""
    found: list[ColabWidgetError] = []

    async def work(tunnel: NgrokTunnel) -> None:
        with pytest.raises(ColabWidgetError) as raised:
            await tunnel.prepare()
        found.append(raised.value)

    run(work, **kept)
    return found[0]


def test_the_log_says_which_agent_runs_and_nothing_of_requests_to_it(
    run: Callable[..., None], journal: Journal, agent: Path, upstream: Upstream
) -> None:
    set_behaviour(agent, version="3.40.1", region="us")

    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        endpoint = await tunnel.open(upstream.port)
        for _ in range(2):
            assert await asyncio.to_thread(through, str(endpoint), b"ab") == b"ba"
        assert await tunnel.check() == ""
        assert tunnel.connections() == 2

    run(work, region="eu")
    said = lines(journal)
    assert f"The ngrok agent is {agent}." in said
    assert "The ngrok agent has version 3.40.1, connected to us." in said
    assert "ngrok did not take the region eu." in said
    assert "started tunnel" in said and "pg=/" not in said
    assert TOKEN not in said


def test_an_agent_without_today_s_api_has_an_endpoint_too(
    run: Callable[..., None], agent: Path, upstream: Upstream
) -> None:
    set_behaviour(agent, old_api=True)

    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        endpoint = await tunnel.open(upstream.port)
        assert await asyncio.to_thread(through, str(endpoint), b"ab") == b"ba"
        assert await tunnel.check() == "" and tunnel.running()
        assert tunnel.connections() == 1

    run(work)


def test_an_agent_whose_api_lacks_the_endpoint_from_the_start_is_left_alone(
    run: Callable[..., None], agent: Path, upstream: Upstream
) -> None:
    set_behaviour(agent, hides_endpoints=True)

    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        endpoint = await tunnel.open(upstream.port)
        assert await tunnel.check() == "" and tunnel.running()
        assert tunnel.connections() is None
        assert await asyncio.to_thread(through, str(endpoint), b"ab") == b"ba"

    run(work)


def test_a_restart_by_the_service_is_noticed_by_the_next_health_check(
    run: Callable[..., None], agent: Path, upstream: Upstream
) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        await tunnel.open(upstream.port)
        assert await tunnel.check() == "" and tunnel.running()
        os.kill(agent_pid(agent), signal.SIGUSR2)
        assert await asyncio.wait_for(tunnel.wait_failed(), 10) == "ngrok lost its session"
        assert tunnel.running()

        noticed = asyncio.ensure_future(tunnel.wait_failed())
        while not noticed.done():
            assert await tunnel.check() == ""
            await asyncio.sleep(0.02)
        assert "without the endpoint" in noticed.result() and not tunnel.running()
        assert tunnel.end_error() is None

    run(work)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, "agent_stopped"), (signal.SIGKILL, "")]
)
def test_an_agent_that_ends_without_an_error_was_stopped_on_purpose(
    run: Callable[..., None], agent: Path, number: signal.Signals, code: str
) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        assert tunnel.end_error() is None
        os.kill(agent_pid(agent), number)
        await asyncio.wait_for(tunnel.wait_failed(), 10)
        error = tunnel.end_error()
        assert (error.code if error else "") == code

    run(work)


def test_an_agent_that_we_end_was_not_stopped_on_purpose(run: Callable[..., None]) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        await tunnel.close()
        assert not tunnel.running() and tunnel.end_error() is None

    run(work)


class BehindProxy(NgrokTunnel):
    """A tunnel of a machine with a proxy."""

    def environment(self) -> dict[str, str]:
        return {"http_proxy": "http://127.0.0.1:9", **super().environment()}


def test_a_proxy_that_the_plan_does_not_have_is_left_aside(
    run: Callable[..., None], journal: Journal, agent: Path
) -> None:
    set_behaviour(agent, paid_proxy=True)

    async def work(tunnel: NgrokTunnel) -> None:
        await tunnel.prepare()
        assert tunnel.is_online()

    run(work, BehindProxy)
    assert "started again without http_proxy" in lines(journal)


def test_without_the_proxy_the_other_reason_is_told(run: Callable[..., None], agent: Path) -> None:
    set_behaviour(agent, auth_error="9009")
    error = refused(run, kind=BehindProxy)
    assert error.code == "ngrok_9009"
    assert "without the proxy: An agent behind an HTTP proxy" in error.info["cause"]


@pytest.mark.parametrize("others", [True, False])
def test_an_outage_of_ngrok_is_waited_for_where_other_servers_answer(
    run: Callable[..., None], agent: Path, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends by itself; without other servers there is no network, and that is told soon."""
    set_behaviour(agent, outage_s=2.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1] if others else 1
        monkeypatch.setenv("COLABWIDGET_INTERNET", f"127.0.0.1:1 127.0.0.1:{port}")

        async def work(tunnel: NgrokTunnel) -> None:
            await tunnel.prepare()
            assert tunnel.is_online()

        if others:
            run(work)
        else:
            assert refused(run).code == "no_network"


def test_a_long_outage_names_ngrok(
    run: Callable[..., None], agent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_behaviour(agent, no_network="away")
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("COLABWIDGET_INTERNET", f"127.0.0.1:{other.getsockname()[1]}")

        class Impatient(NgrokTunnel):
            outage = 0.3

        error = refused(run, kind=Impatient)
    assert error.code == "servers_unreachable" and error.text.offers_tunnels
    assert "connection refused" in error.info["cause"] and "Kaggle" not in str(error)


@pytest.mark.parametrize("place", ["config", "home", "argv", "environment", ""])
def test_another_agent_with_the_same_token_is_named(
    run: Callable[..., None],
    agent: Path,
    tmp_path: Path,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    code = "348" if place == "config" else "108"
    users_own = install_ngrok(tmp_path / "own")
    token = OWN_TOKEN if place else "2another_token_of_another_account"
    arguments: tuple[str, ...] = ("--config", str(write_config(users_own, token=token)))
    environment = {}
    if place == "home":
        usual = tmp_path / ".config" / "ngrok" / "ngrok.yml"
        usual.parent.mkdir(parents=True)
        write_config(users_own, token=token).rename(usual)
        arguments, environment = (), {"HOME": str(tmp_path)}
    elif place == "argv":
        arguments = ("--authtoken", token)
    elif place == "environment":
        arguments, environment = (), {"NGROK_AUTHTOKEN": token}
    own = Run(users_own, *arguments, **environment)
    try:
        own.line("client session established")
        set_behaviour(agent, auth_error=code)
        error = refused(run, token=OWN_TOKEN)
    finally:
        own.process.kill()
        own.process.communicate()
    assert error.code == ("another_agent" if place else "ngrok_108")
    assert (f"kill {own.process.pid}," in error.info["remedy"]) == bool(place)
    assert OWN_TOKEN not in str(error)
    assert error.info["link"] == "https://dashboard.ngrok.com/agents"


def test_an_agent_of_another_home_is_not_blamed(
    run: Callable[..., None], agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is in the configuration of this home, which that agent does not read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    users_own = install_ngrok(tmp_path / "own")
    usual = tmp_path / ".config" / "ngrok" / "ngrok.yml"
    usual.parent.mkdir(parents=True)
    write_config(users_own, token=OWN_TOKEN).rename(usual)
    other = Run(
        users_own, HOME=str(tmp_path / "elsewhere"), NGROK_AUTHTOKEN="2some_other_token_of_it"
    )
    try:
        other.line("client session established")
        set_behaviour(agent, auth_error="108")
        error = refused(run, token=OWN_TOKEN)
    finally:
        other.process.kill()
        other.process.communicate()
    assert error.code == "ngrok_108"


def test_an_agent_that_is_too_old_is_named(run: Callable[..., None], agent: Path) -> None:
    set_behaviour(agent, auth_error="121", version="2.3.41")
    error = refused(run)
    assert error.code == "ngrok_121"
    assert f"{agent} was taken, version 2.3.41." in error.info["cause"]
    assert "needs version 3.20.0 or newer" in error.info["cause"]


def test_an_unknown_refusal_is_told_in_whole_sentences(
    run: Callable[..., None], agent: Path
) -> None:
    set_behaviour(agent, auth_error="9998")
    error = refused(run)
    assert error.code == "ngrok_other"
    assert error.info["cause"] == (
        'authentication failed: The session was refused: "for now", says C:\\edge. Try later. '
        "(ERR_NGROK_9998)"
    )
