"""Clients that are in use get in, by password and by key; each says what it ran."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from tests.kit.loops import run_apart
from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.relay_server import make_key
from tests.kit.machine.ssh_client import ssh_password

CLIENTS_FOLDER = ROOT / "tests" / "clients"
GO_LIBRARY = Path("/usr/share/gocode/src/golang.org/x/crypto/ssh")
# What a client in FIPS mode is left with: RSA, Diffie-Hellman, AES and SHA-2.
FIPS = (
    *("-o", "HostKeyAlgorithms=rsa-sha2-512,rsa-sha2-256"),
    *("-o", "KexAlgorithms=diffie-hellman-group16-sha512"),
    *("-o", "Ciphers=aes256-ctr,aes128-ctr"),
    *("-o", "MACs=hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"),
)


class Way:
    """Where a client goes, and by what it signs in."""

    def __init__(self, machine: Machine, folder: Path, *, by_key: bool) -> None:
        self.folder = folder
        self.key = folder / "id_ed25519" if by_key else None
        more = ["--public-key", make_key(self.key)] if self.key else []
        details = machine.connect(*more, tunnel="direct")["ssh"]
        self.host, self.port, self.user = details["host"], details["port"], details["user"]
        self.password = details.get("password") or ""
        self.fingerprint = details["fingerprint"]
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(details["known_hosts"] + "\n")

    def run(self, command: Sequence[str], text: str = "") -> str:
        with ssh_password(self.password) as environment:
            done = subprocess.run(
                command,
                env={**environment, "HOME": str(self.folder), "DROPBEAR_PASSWORD": self.password},
                input=text,
                capture_output=True,
                text=True,
                timeout=60,
                start_new_session=True,
            )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def openssh(self, *options: str) -> str:
        command = ["ssh", "-F", "none", "-p", str(self.port), *options]
        command += ["-o", f"UserKnownHostsFile={self.known_hosts}"]
        command += ["-i", str(self.key)] if self.key else []
        return self.run([*command, f"{self.user}@{self.host}", "whoami"])

    def by_program(self, *program: str) -> str:
        """One of tests/clients."""
        place = (self.host, str(self.port), self.user, self.fingerprint, str(self.key or ""))
        return self.run([*program, *place, "whoami"], self.password)


@pytest.fixture(params=["password", "key"])
def way(machine: Machine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Way]:
    yield Way(machine, tmp_path, by_key=request.param == "key")
    machine.run("disconnect")


def by_openssh(way: Way) -> str:
    return way.openssh()


def by_openssh_in_fips_mode(way: Way) -> str:
    return way.openssh(*FIPS)


def by_putty(way: Way) -> str:
    if not shutil.which("plink"):
        pytest.skip("needs plink")
    how = ["-pw", way.password]
    if way.key:
        way.run(["puttygen", str(way.key), "-o", f"{way.key}.ppk"])
        how = ["-i", f"{way.key}.ppk"]
    place = ["-P", str(way.port), "-hostkey", way.fingerprint, f"{way.user}@{way.host}"]
    return way.run(["plink", "-ssh", "-batch", *how, *place, "whoami"])


def by_dropbear(way: Way) -> str:
    if not shutil.which("dbclient"):
        pytest.skip("needs dbclient")
    how: list[str] = []
    if way.key:
        converted = f"{way.key}.dropbear"
        subprocess.run(
            ["dropbearconvert", "openssh", "dropbear", str(way.key), converted],
            check=True,
            capture_output=True,
        )
        how = ["-i", converted]
    command = [
        "dbclient",
        "-y",
        "-y",
        *how,
        "-p",
        str(way.port),
        f"{way.user}@{way.host}",
        "whoami",
    ]
    return way.run(command)


def by_paramiko(way: Way) -> str:
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(way.known_hosts))
        client.connect(
            way.host,
            way.port,
            way.user,
            way.password or None,
            key_filename=str(way.key) if way.key else None,
            allow_agent=False,
            look_for_keys=False,
        )
        return str(client.exec_command("whoami")[1].read().decode())


def by_asyncssh(way: Way) -> str:
    async def work() -> str:
        how: dict[str, Any] = {"password": way.password, "client_keys": None}
        if way.key:
            how = {"client_keys": [str(way.key)]}
        async with asyncssh.connect(
            way.host, way.port, username=way.user, known_hosts=str(way.known_hosts), **how
        ) as connection:
            return str((await connection.run("whoami")).stdout)

    return run_apart(work())


def by_libssh2(way: Way) -> str:
    session_of = pytest.importorskip("ssh2.session").Session
    with socket.create_connection((way.host, way.port), 20) as wire:
        session = session_of()
        session.handshake(wire)
        if way.key:
            session.userauth_publickey_fromfile(way.user, str(way.key))
        else:
            session.userauth_password(way.user, way.password)
        channel = session.open_session()
        channel.execute("whoami")
        return str(channel.read()[1].decode())


def by_libssh(way: Way) -> str:
    options = pytest.importorskip("ssh.options")
    session = pytest.importorskip("ssh.session").Session()
    session.options_set(options.HOST, way.host)
    session.options_set(options.USER, way.user)
    session.options_set_port(way.port)
    session.connect()
    if way.key:
        session.userauth_publickey(pytest.importorskip("ssh.key").import_privkey_file(str(way.key)))
    else:
        session.userauth_password(way.user, way.password)
    channel = session.channel_new()
    channel.open_session()
    channel.request_exec("whoami")
    return str(channel.read()[1].decode())


def by_go(way: Way) -> str:
    if not shutil.which("go") or not GO_LIBRARY.exists():
        pytest.skip("needs golang-go and golang-golang-x-crypto-dev: make slow installs them")
    built = way.folder / "client"
    source = CLIENTS_FOLDER / "go" / "client.go"
    places = {"GOPATH": "/usr/share/gocode", "GOCACHE": str(way.folder / "cache"), "HOME": "/"}
    subprocess.run(
        ["go", "build", "-o", str(built), str(source)],
        env={"PATH": os.environ["PATH"], "GO111MODULE": "off", **places},
        check=True,
    )
    return way.by_program(str(built))


def by_npm(way: Way) -> str:
    program = CLIENTS_FOLDER / "npm" / "client.mjs"
    if not shutil.which("node") or not (program.parent / "node_modules").exists():
        pytest.skip("needs node and npm's ssh2: make slow installs them")
    return way.by_program("node", str(program))


CLIENTS: list[Callable[[Way], str]] = [
    *(by_openssh, by_openssh_in_fips_mode, by_putty, by_dropbear),
    *(by_paramiko, by_asyncssh, by_libssh2, by_libssh),
]


@pytest.mark.slow
def test_every_client_gets_in(way: Way) -> None:
    """One session for all of them: to open one takes longer than to sign in."""
    ran, missing = {}, []
    for client in CLIENTS:
        try:
            ran[client.__name__] = client(way)
        except pytest.skip.Exception as reason:
            missing.append(str(reason))
    assert ran == dict.fromkeys(ran, f"{way.user}\n")
    assert len(ran) >= 4
    if missing:
        pytest.skip(f"the others get in: {'; '.join(missing)}")


@pytest.mark.slow
@pytest.mark.parametrize("client", [by_go, by_npm])
def test_clients_of_other_languages_get_in(way: Way, client: Callable[[Way], str]) -> None:
    assert client(way) == f"{way.user}\n"


WEAK = (
    "KexAlgorithms=ecdh-sha2-nistp256",
    "KexAlgorithms=diffie-hellman-group14-sha256",
    "Ciphers=aes128-cbc",
    "MACs=hmac-sha2-256,hmac-sha1,umac-64-etm@openssh.com",
    "HostKeyAlgorithms=ssh-rsa,ecdsa-sha2-nistp256",
)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["key"], indirect=True)
def test_a_client_that_has_only_weak_algorithms_does_not(way: Way, machine: Machine) -> None:
    for option in WEAK:
        # AES in counter mode has a MAC beside it.
        more = ["-o", "Ciphers=aes256-ctr"] if "MACs" in option else []
        with pytest.raises(AssertionError, match=r"no matching|Unable to negotiate"):
            way.openssh("-o", option, *more)
    assert machine.journal().count("Unable to negotiate") == len(WEAK)
