"""The stand-in ngrok agent behaves as the real one, as far as pyngrok and the tests rely on it."""

import errno
import json
import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pyngrok import ngrok, process
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokNgrokError, PyngrokNgrokHTTPError

from tests.doubles import install_ngrok, set_behaviour
from tests.doubles.edge import running_edge
from tests.kit.machine.machine import eventually

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    return install_ngrok(tmp_path / "bin")


@pytest.fixture(params=["3", "2"])
def config(request: pytest.FixtureRequest, agent: Path) -> Iterator[PyngrokConfig]:
    config = PyngrokConfig(
        ngrok_path=str(agent),
        config_path=str(write_config(agent, request.param)),
        config_version=request.param,
        request_timeout=30,
    )
    yield config
    ngrok.kill(config)


def write_config(agent: Path, version: str = "3", token: str = TOKEN, **extra: str) -> Path:
    lines = [f"{key}: {value}" for key, value in {"authtoken": token, **extra}.items() if value]
    if version == "3":
        lines = ["agent:", *(f"  {line}" for line in lines)]
    path = agent.with_name("ngrok.yml")
    path.write_text("\n".join([f'version: "{version}"', *lines]))
    return path


class Upstream:
    """A local service: answers each connection with `reply(all bytes up to the end of file)`."""

    def __init__(self, reply: Callable[[bytes], bytes], port: int = 0) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self.port: int = self._server.getsockname()[1]
        self._reply = reply
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(self._reply(read_all(connection)))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    service = Upstream(lambda received: received[::-1])
    yield service
    service.close()


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while chunk := connection.recv(1 << 20):
        received += chunk
    return bytes(received)


def through(public_url: str, data: bytes = b"") -> bytes:
    host, port = public_url.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)


def connect(config: PyngrokConfig, port: int) -> ngrok.NgrokTunnel:
    # Not "127.0.0.1:PORT": under config version 3 pyngrok puts another "localhost:" before that.
    addr = f"tcp://127.0.0.1:{port}" if config.config_version == "3" else f"127.0.0.1:{port}"
    return ngrok.connect(addr, "tcp", pyngrok_config=config)


class Run:
    """The agent run by hand, its log read line by line."""

    def __init__(self, agent: Path, *args: str, **environment: str) -> None:
        command = [str(agent), "start", "--none", "--log=stdout", *args]
        environment = {"PATH": os.environ["PATH"], "HOME": str(agent.parent), **environment}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, env=environment, stdout=pipe, stderr=pipe, text=True
        )

    def line(self, part: str) -> str:
        """The next log line that has `part` in it."""
        assert self.process.stdout
        for line in self.process.stdout:
            if part in line:
                return line
        raise AssertionError(f"the agent ended without {part!r}")

    def api(self) -> str:
        line = self.line("starting web service")
        return f"http://{line.split('addr=')[1].split()[0]}/api/endpoints"

    def post(self, api: str, upstream: str, name: str = "ssh") -> str:
        body = {"name": name, "url": "tcp://", "upstream": {"url": upstream}}
        request = urllib.request.Request(api, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201
            return str(json.load(answer)["url"])


@pytest.fixture
def run(agent: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*args: str, **environment: str) -> Run:
        runs.append(Run(agent, *args, **environment))
        return runs[-1]

    yield start
    for item in runs:
        item.process.kill()
        item.process.communicate()


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
    holders = [f for f in tmp_path.rglob("*") if f.is_file() and TOKEN in f.read_text()]
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


def split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.removeprefix("tcp://"), int(port)


def refused(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(split(url)) == errno.ECONNREFUSED


def endpoints(api: str) -> list[str]:
    with urllib.request.urlopen(api, timeout=30) as answer:
        return [e["url"] for e in json.load(answer)["endpoints"]]


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
