"""The stand-in ngrok agent behaves as the real one, as far as pyngrok and the tests rely on it."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from pyngrok import ngrok, process
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokNgrokError, PyngrokNgrokHTTPError

from tests.doubles import set_behaviour
from tests.kit.ngrok_agent import TOKEN, Run, Upstream, connect, read_all, through, write_config


def test_bytes_pass_both_ways_and_each_end_of_file_alone(
    config: PyngrokConfig, upstream: Upstream
) -> None:
    tunnel = connect(config, upstream.port)
    data = os.urandom(5_000_000)
    # The upstream answers after the client's end of file: only a half-close gets this through.
    assert through(str(tunnel.public_url), data) == data[::-1]
    assert [t.public_url for t in ngrok.get_tunnels(config)] == [tunnel.public_url]

    ngrok.disconnect(str(tunnel.public_url), config)
    assert ngrok.get_tunnels(config) == []
    with pytest.raises(ConnectionRefusedError):
        through(str(tunnel.public_url))


def test_many_connections_at_once(config: PyngrokConfig, upstream: Upstream) -> None:
    url = str(connect(config, upstream.port).public_url)
    host, port = url.removeprefix("tcp://").split(":")
    clients = [socket.create_connection((host, int(port)), timeout=30) for _ in range(20)]
    for number, client in reversed(list(enumerate(clients))):
        client.sendall(b"%03d" % number)
        client.shutdown(socket.SHUT_WR)
    assert [read_all(c) for c in clients] == [(b"%03d" % n)[::-1] for n in range(20)]
    for client in clients:
        client.close()


def test_a_refused_endpoint_leaves_the_agent_usable(
    config: PyngrokConfig, agent: Path, upstream: Upstream
) -> None:
    set_behaviour(agent, start_error_on_post="8013")
    with pytest.raises(PyngrokNgrokHTTPError) as caught:
        connect(config, upstream.port)
    assert (caught.value.status_code, caught.value.message) == (502, "Bad Gateway")
    assert caught.value.ngrok_error_code is None
    body = json.loads(caught.value.body)
    assert (body["error_code"], body["msg"]) == (103, "failed to start tunnel")
    assert body["details"]["err"].endswith("ERR_NGROK_8013\r\n")

    set_behaviour(agent)
    assert through(str(connect(config, upstream.port).public_url), b"abc") == b"cba"


@pytest.mark.parametrize("code", ["105", "107", "108", "4018", "999"])
def test_a_refused_session_ends_the_agent(config: PyngrokConfig, agent: Path, code: str) -> None:
    set_behaviour(agent, auth_error=code)
    with pytest.raises(PyngrokNgrokError) as caught:
        connect(config, 22)
    assert caught.value.ngrok_error_code == f"ERR_NGROK_{code}"
    assert not process.is_process_running(config.ngrok_path)


def test_the_refusal_repeats_the_token(agent: Path, run: Callable[..., Run]) -> None:
    set_behaviour(agent, auth_error="107")
    agent_run = run("--authtoken", TOKEN)
    line = agent_run.line("failed to reconnect session")
    assert "lvl=eror" in line
    assert f"\\nYour authtoken: {TOKEN}\\n" in line
    assert line.endswith('\\r\\n\\r\\nERR_NGROK_107\\r\\n"\n')
    agent_run.line("lvl=crit")
    assert TOKEN in agent_run.process.communicate()[1]
    assert agent_run.process.returncode == 1


@pytest.mark.parametrize(
    ("token", "region", "code"), [("", "", "4018"), ("short", "", "105"), (TOKEN, "mars", "400")]
)
def test_what_cannot_sign_in_does_not(
    agent: Path, run: Callable[..., Run], token: str, region: str, code: str
) -> None:
    agent_run = run("--config", str(write_config(agent, token=token)), f"--region={region}")
    assert f"ERR_NGROK_{code}" in agent_run.line("failed to reconnect session")
    assert agent_run.process.wait() == 1


@pytest.mark.parametrize("source", ["argv", "environment", "config"])
def test_the_token_comes_from_any_of_three_places_and_is_never_written(
    agent: Path, run: Callable[..., Run], tmp_path: Path, source: str
) -> None:
    record = tmp_path / "record.jsonl"
    set_behaviour(agent, record=str(record))
    config = write_config(agent, token=TOKEN if source == "config" else "")
    args = [f"--config={config}"] + [f"--authtoken={TOKEN}"] * (source == "argv")
    environment = {"NGROK_AUTHTOKEN": TOKEN} if source == "environment" else {}
    run(*args, **environment).line("client session established")
    entry = json.loads(record.read_text())
    assert entry["token_from"] == source
    assert ("--authtoken=********" in entry["argv"]) == (source == "argv")
    assert ("NGROK_AUTHTOKEN" in entry["environment"]) == (source == "environment")
    holders = [f for f in tmp_path.rglob("*") if f.is_file() and TOKEN.encode() in f.read_bytes()]
    assert holders == [config] * (source == "config")


def test_a_setting_that_the_agent_does_not_know_is_an_error(
    agent: Path, run: Callable[..., Run]
) -> None:
    agent_run = run("--config", str(write_config(agent, wep_addr="127.0.0.1:1")))
    assert "field wep_addr not found" in agent_run.process.communicate()[1]
    assert agent_run.process.returncode == 1


def test_the_next_free_web_port_is_taken_but_an_explicit_one_must_be_free(
    agent: Path, run: Callable[..., Run]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addr = f"127.0.0.1:{taken.getsockname()[1]}"
        agent_run = run("--config", str(write_config(agent, web_addr=addr)))
        assert "address already in use" in agent_run.line("lvl=crit")
        assert agent_run.process.wait() == 1
    first, second = run("--authtoken", TOKEN).api(), run("--authtoken", TOKEN).api()
    assert first != second


@pytest.mark.parametrize("fault", [True, "refused"])
def test_forwarding_nowhere_looks_like_a_clean_close(
    config: PyngrokConfig, agent: Path, upstream: Upstream, fault: object
) -> None:
    url = str(connect(config, upstream.port).public_url)
    set_behaviour(agent, forward_nowhere=fault)
    assert through(url, b"hello") == b""


def test_nothing_behind_the_tunnel_is_logged(agent: Path, run: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    agent_run = run("--authtoken", TOKEN)
    api = agent_run.api()
    agent_run.line("client session established")
    assert through(agent_run.post(api, f"127.0.0.1:{free}"), b"hello") == b""
    line = agent_run.line("failed to open private leg")
    assert "lvl=warn" in line
    assert "connection refused" in line
