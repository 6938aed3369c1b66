"""How sessions of the stand-in ngrok agent are lost and come back, and how the agent ends."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from pyngrok import ngrok
from pyngrok.conf import PyngrokConfig

from tests.doubles import set_behaviour
from tests.doubles.edge import running_edge
from tests.kit.ngrok_agent import (
    TOKEN,
    Run,
    Upstream,
    connect,
    endpoints,
    refused,
    split,
    through,
    write_config,
)
from tests.kit.waiting import eventually


@pytest.mark.parametrize(
    ("fault", "text"), [(True, "no such host"), ("x509", "signed by unknown authority")]
)
def test_without_a_network_it_tries_again_until_there_is_one(
    agent: Path, run: Callable[..., Run], fault: object, text: str
) -> None:
    set_behaviour(agent, no_network=fault)
    agent_run = run("--authtoken", TOKEN)
    api = agent_run.api()
    for _ in range(2):
        assert text in agent_run.line("failed to reconnect session")
    with pytest.raises(urllib.error.HTTPError, match="503"):
        agent_run.post(api, "127.0.0.1:22")
    set_behaviour(agent)
    agent_run.line("client session established")


@pytest.mark.parametrize("new_port", [False, True])
def test_a_lost_session_ends_connections_and_comes_back(
    agent: Path, run: Callable[..., Run], upstream: Upstream, new_port: bool
) -> None:
    set_behaviour(agent, new_port=new_port)
    agent_run = run("--authtoken", TOKEN)
    api = agent_run.api()
    agent_run.line("client session established")
    url = agent_run.post(api, f"127.0.0.1:{upstream.port}")
    host, port = url.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(b"a")
        agent_run.line("join connections")
        agent_run.process.send_signal(signal.SIGUSR1)
        assert client.recv(1) == b""
    assert "lvl=eror" in agent_run.line("session closed, starting reconnect loop")
    agent_run.line("tunnel session started")
    agent_run.line("client session established")
    with urllib.request.urlopen(api, timeout=30) as answer:
        assert [e["url"] for e in json.load(answer)["endpoints"]] == [url]
    if new_port:
        with pytest.raises(ConnectionRefusedError):
            through(url)
    else:
        assert through(url, b"ab") == b"ba"


def test_a_session_can_be_lost_by_itself(agent: Path, run: Callable[..., Run]) -> None:
    set_behaviour(agent, drop_after_s=0.1)
    agent_run = run("--authtoken", TOKEN)
    agent_run.line("session closed, starting reconnect loop")
    agent_run.line("client session established")


def test_an_edge_elsewhere_has_the_public_port(
    config: PyngrokConfig, agent: Path, upstream: Upstream
) -> None:
    with running_edge() as edge:
        set_behaviour(agent, edge=edge.address)
        url = str(connect(config, upstream.port).public_url)
        data = os.urandom(5_000_000)
        assert through(url, data) == data[::-1]
        ngrok.disconnect(url, config)
        eventually(lambda: refused(url))


def test_an_edge_that_is_gone_ends_the_session_until_it_is_back(
    agent: Path, run: Callable[..., Run], upstream: Upstream
) -> None:
    with running_edge() as edge:
        set_behaviour(agent, edge=edge.address)
        agent_run = run("--authtoken", TOKEN)
        api = agent_run.api()
        agent_run.line("client session established")
        url = agent_run.post(api, f"127.0.0.1:{upstream.port}")
    agent_run.line("session closed, starting reconnect loop")
    assert f"dial tcp {edge.address}: connect: connection refused" in agent_run.line(
        "failed to reconnect"
    )
    with running_edge(*split(edge.address)):
        agent_run.line("client session established")
        assert through(url, b"ab") == b"ba"


@pytest.mark.parametrize("new_port", [False, True])
def test_an_address_that_is_taken_meanwhile_is_replaced_but_shown_on(
    agent: Path, run: Callable[..., Run], upstream: Upstream, new_port: bool
) -> None:
    with running_edge() as edge:
        set_behaviour(agent, edge=edge.address, new_port=new_port)
        agent_run = run("--authtoken", TOKEN)
        api = agent_run.api()
        agent_run.line("client session established")
        url = agent_run.post(api, f"127.0.0.1:{upstream.port}")
    agent_run.line("session closed, starting reconnect loop")
    with ExitStack() as stack:
        if not new_port:
            # What listens there now closes every connection.
            taken = Upstream(lambda received: b"", port=split(url)[1])
            stack.callback(taken.close)
        stack.enter_context(running_edge(*split(edge.address)))
        agent_run.line("client session established")
        assert endpoints(api) == [url]
        if new_port:
            eventually(lambda: refused(url))
        else:
            assert through(url, b"ab") == b""


@pytest.mark.parametrize("who", ["edge", "agent"])
def test_silence_ends_a_session(
    agent: Path, run: Callable[..., Run], upstream: Upstream, who: str
) -> None:
    with running_edge() as edge:
        set_behaviour(agent, edge=edge.address, heartbeat_s=0.5, dial_s=0.2)
        agent_run = run("--authtoken", TOKEN)
        api = agent_run.api()
        agent_run.line("client session established")
        url = agent_run.post(api, f"127.0.0.1:{upstream.port}")
        silent = edge.pid if who == "edge" else agent_run.process.pid
        with socket.create_connection(split(url), timeout=30) as client:
            agent_run.line("join connections")
            os.kill(silent, signal.SIGSTOP)
            if who == "agent":
                assert client.recv(1) == b""
            else:
                agent_run.line("heartbeat timeout, terminating session")
                agent_run.line("session closed, starting reconnect loop")
                assert "i/o timeout" in agent_run.line("failed to reconnect session")
            os.kill(silent, signal.SIGCONT)
        agent_run.line("client session established")
        assert through(url, b"ab") == b"ba"


def test_a_token_revoked_meanwhile_does_not_end_the_agent(
    agent: Path, run: Callable[..., Run]
) -> None:
    agent_run = run("--authtoken", TOKEN)
    agent_run.line("client session established")
    set_behaviour(agent, auth_error="107")
    agent_run.process.send_signal(signal.SIGUSR1)
    for _ in range(2):
        assert "ERR_NGROK_107" in agent_run.line("failed to reconnect session")
    assert agent_run.process.poll() is None


def test_a_silent_agent(agent: Path, run: Callable[..., Run], tmp_path: Path) -> None:
    # The record goes to a pipe here, which tells when the agent has read what it shall do.
    record = tmp_path / "record"
    os.mkfifo(record)
    set_behaviour(agent, silent=True, record=str(record))
    agent_run = run("--authtoken", TOKEN)
    assert json.loads(record.read_text())["token_from"] == "argv"
    assert agent_run.process.poll() is None
    agent_run.process.terminate()
    assert agent_run.process.communicate() == ("", "")


def test_a_slow_agent(agent: Path, run: Callable[..., Run]) -> None:
    set_behaviour(agent, delay_s=0.1)
    run("--authtoken", TOKEN).line("client session established")


def test_it_exits_at_once_when_told_to(agent: Path, run: Callable[..., Run]) -> None:
    set_behaviour(agent, exit_at_once=3)
    agent_run = run("--authtoken", TOKEN)
    assert agent_run.process.communicate() == ("", "")
    assert agent_run.process.returncode == 3


def test_sigterm_ends_it_well(agent: Path, run: Callable[..., Run]) -> None:
    agent_run = run("--authtoken", TOKEN)
    agent_run.line("client session established")
    agent_run.process.terminate()
    assert agent_run.process.wait() == 0


def test_other_commands(agent: Path) -> None:
    version, _ = ngrok.get_version(PyngrokConfig(ngrok_path=str(agent)))
    assert version.startswith("3.")
    check = [str(agent), "config", "check", "--config", str(write_config(agent))]
    assert b"Valid configuration file" in subprocess.check_output(check)
    add = subprocess.run([agent, "config", "add-authtoken", TOKEN], capture_output=True)
    assert add.returncode == 1
