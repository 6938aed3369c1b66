"""What the ngrok agent's lines mean for the tunnel, and for its user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.ngrok.tunnel import NgrokTunnel

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"
AT = "t=2026-11-30T00:00:00+0000"
WEB = f'{AT} lvl=info msg="starting web service" obj=web addr=127.0.0.1:4041 allow_hosts=[]'
STARTED = f'{AT} lvl=info msg="tunnel session started" obj=tunnels.session'
ESTABLISHED = f'{AT} lvl=info msg="client session established" obj=csess id=1'
LOST = f'{AT} lvl=eror msg="session closed, starting reconnect loop" obj=csess err="session closed"'
JOINED = f'{AT} lvl=info msg="join connections" obj=join id=1 l=127.0.0.1:1 r=127.0.0.1:2'


def failed(problem: str) -> str:
    return f'{AT} lvl=eror msg="failed to reconnect session" obj=csess id=1 err="{problem}"'


NO_HOST = failed("dial tcp: lookup connect.ngrok-agent.com: no such host")
REFUSED = failed(
    "authentication failed: The authtoken you specified is invalid.\\n"
    f"Your authtoken: {TOKEN}\\r\\n\\r\\nERR_NGROK_107\\r\\n"
)
X509 = failed("tls: failed to verify certificate: x509: certificate signed by unknown authority")

Work = Callable[[NgrokTunnel], Coroutine[Any, Any, None]]


@pytest.fixture
def online() -> list[str]:
    """What the backend was told of the way to the outside."""
    return []


@pytest.fixture
def run(
    tmp_path: Path, journal: Journal, online: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Work], None]:
    """Do some work with a tunnel, where nothing outside this machine answers."""
    monkeypatch.setenv("COLABWIDGET_INTERNET", "127.0.0.1:1")
    journal.redactor.add([Secret(TOKEN), TOKEN])

    def run(work: Work) -> None:
        async def all_of_it() -> None:
            context = TunnelContext(
                tmp_path, journal, lambda text, share: None, lambda: online.append("online")
            )
            await work(NgrokTunnel(Options(), Secret(TOKEN), context))

        asyncio.run(all_of_it())

    return run


def stand_in(tunnel: NgrokTunnel, *lines: str, seconds: float = 30.0) -> Coroutine[Any, Any, None]:
    """Start what prints some lines in the agent's place, and runs on."""
    said = "".join(f"echo '{line}'; " for line in lines)
    tunnel.start_timeout = seconds
    return tunnel.start_agent(["sh", "-c", f"{said}exec sleep 60"], tunnel._signed_in)


def test_it_is_ready_once_it_has_a_session_and_an_api(
    run: Callable[[Work], None], online: list[str]
) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        assert not tunnel.running() and not tunnel.is_online()
        await stand_in(tunnel, WEB, STARTED, ESTABLISHED)
        try:
            assert tunnel.running() and tunnel.is_online()
            assert tunnel._api and tunnel._api.address == "127.0.0.1:4041" and online == ["online"]
        finally:
            await tunnel.close()
        assert not tunnel.running() and not tunnel.is_online()

    run(work)


def test_a_lost_session_is_told_and_comes_back(
    run: Callable[[Work], None], online: list[str]
) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        await stand_in(tunnel, WEB, STARTED, ESTABLISHED)
        try:
            tunnel.on_output(LOST)
            assert not tunnel.is_online()
            assert await asyncio.wait_for(tunnel.wait_failed(), 10) == "ngrok lost its session"
            assert tunnel.running()
            tunnel.on_output(NO_HOST)  # it tries for ever once it had a session
            tunnel.on_output(NO_HOST)
            assert tunnel.running() and not tunnel.is_online()
            tunnel.on_output(STARTED)
            tunnel.on_output(ESTABLISHED)
            assert tunnel.is_online() and online == ["online"] * 2
        finally:
            await tunnel.close()

    run(work)


def test_an_agent_that_is_refused_by_now_is_replaced(run: Callable[[Work], None]) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        await stand_in(tunnel, WEB, STARTED, ESTABLISHED)
        try:
            tunnel.on_output(REFUSED)
            reason = await asyncio.wait_for(tunnel.wait_failed(), 10)
            assert reason == "ngrok refuses the agent by now"
            assert not tunnel.running()
        finally:
            await tunnel.close()

    run(work)


@pytest.mark.parametrize(
    ("lines", "seconds", "code", "cause"),
    [
        ((WEB, NO_HOST, NO_HOST), 30.0, "no_network", "no such host"),
        ((WEB, X509), 0.5, "tls_intercepted", "replaces certificates"),
        ((WEB, REFUSED), 0.5, "ngrok_107", "ERR_NGROK_107"),
        ((WEB, STARTED), 0.5, "agent_silent", "for 0 s"),
        ((), 0.5, "agent_silent", "for 0 s"),
    ],
)
def test_an_agent_without_a_session_is_ended_with_the_reason(
    run: Callable[[Work], None],
    lines: tuple[str, ...],
    seconds: float,
    code: str,
    cause: str,
) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        with pytest.raises(ColabWidgetError) as raised:
            await stand_in(tunnel, *lines, seconds=seconds)
        assert raised.value.code == code and cause in raised.value.info["cause"]
        assert TOKEN not in f"{raised.value.info}"
        assert not tunnel.running()

    run(work)


def test_a_program_that_the_system_does_not_run(
    run: Callable[[Work], None], tmp_path: Path
) -> None:
    program = tmp_path / "ngrok"
    program.write_text("#!/nowhere\n")
    program.chmod(0o755)

    async def work(tunnel: NgrokTunnel) -> None:
        with pytest.raises(ColabWidgetError) as raised:
            await tunnel.start_agent([str(program)], tunnel._signed_in)
        assert raised.value.code == "agent_unusable"
        assert raised.value.info["cause"] == "No such file or directory."
        assert str(program) in raised.value.info["remedy"]

    run(work)


def test_clients_are_left_to_sshd_s_log(run: Callable[[Work], None]) -> None:
    async def work(tunnel: NgrokTunnel) -> None:
        assert (
            not tunnel.is_worth_logging(JOINED)
            and tunnel.is_worth_logging(LOST)
            and not tunnel.is_worth_logging("")
        )

    run(work)
