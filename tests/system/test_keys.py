"""Keys by line, by name and by file open the account, and then no password exists at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.releases import ReleaseServer
from tests.kit.machine.machine import Machine
from tests.kit.machine.plain_user import PlainUser
from tests.kit.machine.relay_server import fingerprint
from tests.kit.machine.ssh_client import ssh
from tests.kit.machine.tokens import find_in_files
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
ASKS_A_PASSWORD = ("-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password")


@pytest.fixture(scope="module")
def serving() -> Iterator[ReleaseServer]:
    with ReleaseServer() as made:
        yield made


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pairs of keys of several people."""
    folder = tmp_path_factory.mktemp("keys")
    kinds = {"laptop": ["-t", "ed25519"], "desk": ["-t", "ecdsa"], "old": ["-t", "rsa"]}
    for name, kind in {**kinds, "stranger": ["-t", "ed25519"]}.items():
        make = ["ssh-keygen", "-q", *kind, "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(make, check=True)
    return [folder / name for name in ("laptop", "desk", "old", "stranger")]


def line_of(key: Path) -> str:
    return key.with_suffix(".pub").read_text().strip()


def publish(site: ReleaseServer, folder: Path, path: str, *keys: Path) -> None:
    file = folder / "published"
    file.write_text("".join(f"{' '.join(line_of(key).split()[:2])}\n" for key in keys))
    site.offer(f"https://localhost{path}", file)


def use(site: ReleaseServer, environment: dict[str, str]) -> None:
    environment |= {"COLABWIDGET_KEYS": site.url, "SSL_CERT_FILE": str(site.ca), "no_proxy": "*"}


def with_key(key: Path) -> tuple[str, ...]:
    return ("-o", "IdentitiesOnly=yes", "-i", str(key), "-o", "BatchMode=yes")


def account(name: str) -> str:
    lines = Path("/etc/shadow").read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{name}:")).split(":")[1]


def test_several_keys_open_the_account_and_no_password_does(
    machine: Machine, serving: ReleaseServer, keys: list[Path], tmp_path: Path
) -> None:
    laptop, desk, old, stranger = keys
    use(serving, machine.environment)
    publish(serving, tmp_path, "/github.com/octocat.keys", desk)
    file = tmp_path / "authorized_keys"
    file.write_text(f"# mine\n{line_of(old)}\n", "utf-16")  # as PowerShell's > writes it
    machine.connect(tunnel="direct")  # with a password, which has to go
    machine.disconnect()
    pasted = "\ufeff`{}`".format(line_of(laptop).replace(" ", "\t"))
    asked = [pasted, "github:octocat", str(file)]

    details = machine.connect(*(f"--public-key={each}" for each in asked), tunnel="direct")

    for key in (laptop, desk, old):
        who = ssh(details, "whoami", folder=tmp_path, options=with_key(key))
        assert who.stdout == f"{machine.user}\n", who.stderr
        assert fingerprint(key) in machine.journal()
    refused = ssh(details, "whoami", folder=tmp_path, options=with_key(stranger))
    assert "Permission denied (publickey)" in refused.stderr
    assert "of github:octocat." in machine.journal()
    assert account(machine.user) == "*"
    assert details["ssh"]["password"] is None
    config = (machine.runtime / "session" / "sshd_config").read_text()
    assert "\nPasswordAuthentication no\n" in config
    typed = ssh(details, "whoami", folder=tmp_path, options=ASKS_A_PASSWORD, password="whatever")
    assert typed.returncode == 255
    assert "Permission denied (publickey)" in typed.stderr


def test_root_is_opened_by_the_keys_of_a_person(
    machine: Machine, serving: ReleaseServer, keys: list[Path], tmp_path: Path
) -> None:
    use(serving, machine.environment)
    publish(serving, tmp_path, "/gitlab.com/some.body.keys", *keys[:2])
    before = account("root")

    arguments = ("--user", "root", "--public-key", "gitlab:some.body")
    details = machine.connect(*arguments, tunnel="direct")

    for key in keys[:2]:
        assert ssh(details, "id -u", folder=tmp_path, options=with_key(key)).stdout == "0\n"
    assert details["ssh"]["password"] is None
    assert account("root") == before
    typed = ssh(details, "id -u", folder=tmp_path, options=ASKS_A_PASSWORD, password="whatever")
    assert "Permission denied (publickey)" in typed.stderr


def test_without_root_they_open_the_own_account(
    serving: ReleaseServer, keys: list[Path], tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    user = PlainUser()
    try:
        certificate = user.folder / "ca.pem"
        shutil.copy(serving.ca, certificate)
        certificate.chmod(0o644)
        use(serving, user.environment)
        user.environment["SSL_CERT_FILE"] = str(certificate)
        publish(serving, tmp_path, "/github.com/octocat.keys", keys[0])

        details = user.connect("--public-key", "github:octocat")

        for key in (user.key, keys[0]):
            who = ssh(details, "id -un", folder=tmp_path, options=with_key(key))
            assert who.stdout == f"{user.name}\n", who.stderr
        assert details["ssh"]["password"] is None
    finally:
        user.close()


def test_who_has_no_keys_there_changes_nothing_and_can_try_again(
    machine: Machine, serving: ReleaseServer, keys: list[Path], tmp_path: Path
) -> None:
    use(serving, machine.environment)
    unknown = machine.failure("--public-key", "github:unknown", tunnel="direct")
    publish(serving, tmp_path, "/github.com/empty.keys")
    none = machine.failure("--public-key", "github:empty", tunnel="direct")
    serving.fail("https://localhost/github.com/empty.keys", status=503)
    unreachable = machine.failure("--public-key", "github:empty", tunnel="direct")

    assert (unknown["code"], none["code"]) == ("public_key_nobody", "public_key_nobody")
    assert "knows no account of that name" in unknown["cause"]
    assert "None is published there" in none["cause"]
    assert unreachable["code"] == "public_key_unreachable"
    assert {each["field"] for each in (unknown, none, unreachable)} == {"public_key"}
    assert f"\n{machine.user}:" not in Path("/etc/passwd").read_text()
    publish(serving, tmp_path, "/github.com/empty.keys", keys[0])
    details = machine.connect("--public-key", "github:empty", tunnel="direct")
    assert ssh(details, "whoami", folder=tmp_path, options=with_key(keys[0])).returncode == 0


def test_a_site_that_is_silent_keeps_nobody_from_disconnecting(
    machine: Machine, serving: ReleaseServer, tmp_path: Path
) -> None:
    use(serving, machine.environment)
    publish(serving, tmp_path, "/github.com/slow.keys")
    serving.fail("https://localhost/github.com/slow.keys", silent=True)
    place = ("--tunnel", "direct", "--address", "127.0.0.1", "--user", machine.user)
    command = machine.command("connect", *place, "--public-key", "github:slow")
    with subprocess.Popen(command, env=machine.environment, stderr=subprocess.PIPE) as asking:
        try:
            eventually(lambda: any("slow" in request.path for request in serving.requests))
            before = time.monotonic()
            machine.disconnect()
            assert time.monotonic() - before < 5.0
            assert asking.wait(10) == 1
        finally:
            serving.hang_up()
            asking.kill()
    assert machine.status()["phase"] == "idle"
    assert f"\n{machine.user}:" not in Path("/etc/passwd").read_text()


def test_a_file_is_read_by_the_notebook_and_a_private_key_goes_no_further(
    machine: Machine, keys: list[Path], tmp_path: Path
) -> None:
    laptop = keys[0]
    shutil.copy(laptop.with_suffix(".pub"), tmp_path / "mine.pub")
    code = (
        "import sys, colabwidget; from colabwidget.core.errors import ColabWidgetError\n"
        "try: made = colabwidget.connect(tunnel='direct', address='127.0.0.1',"
        f" user='{machine.user}', public_key=sys.argv[1])\n"
        "except ColabWidgetError as error: print(error.code)\n"
        "else: print(made.ssh.password)\n"
    )

    def connect(path: str) -> str:
        return subprocess.run(
            [machine.python, "-c", code, path],
            env=machine.environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=90,
        ).stdout

    assert connect(str(laptop)) == "public_key_private\n"
    assert machine.backend_pid() is None
    assert not find_in_files([laptop.read_text().splitlines()[2]], machine.folder)
    assert connect("./nothing") == "public_key_broken\n"
    assert connect("mine.pub") == "None\n"
    config = (machine.runtime / "session" / "sshd_config").read_text()
    granted = Path(config.split("AuthorizedKeysFile ")[1].split()[0])
    # The key of the sign-in check is gone, from sshd and from the disk.
    first, attaching = granted.read_text().splitlines()
    assert first == line_of(laptop) and attaching.startswith("restrict,port-forwarding,permitopen=")
    assert not [*machine.runtime.rglob("one_time_key*")]
