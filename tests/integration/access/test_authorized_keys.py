"""A person's keys come from where they are published, or there is a reason why not."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.access import authorized_keys as backend_keys
from colabwidget.access.authorized_keys import MIRROR, Keys
from colabwidget.core import public_keys
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels import validation
from tests.doubles.releases import ReleaseServer
from tests.kit.keys import blob

pytestmark = pytest.mark.skipif(
    not (shutil.which("ssh-keygen") and shutil.which("openssl")),
    reason="needs ssh-keygen and openssl",
)
GITHUB = "/github.com/octocat.keys"
GITLAB = "/gitlab.com/octocat.keys"


@pytest.fixture(scope="module")
def serving() -> Iterator[ReleaseServer]:
    with ReleaseServer() as made:
        yield made


@pytest.fixture
def site(serving: ReleaseServer, monkeypatch: pytest.MonkeyPatch) -> ReleaseServer:
    """A mirror of both sites, trusted by this test."""
    monkeypatch.setenv(MIRROR, f"{serving.url}/")
    monkeypatch.setenv("SSL_CERT_FILE", str(serving.ca))
    monkeypatch.setenv("no_proxy", "*")
    serving.requests.clear()
    return serving


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Real public keys, without comments as GitHub has them."""
    folder = tmp_path_factory.mktemp("keys")
    for number in range(3):
        name = folder / f"key{number}"
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(name)]
        subprocess.run(make, check=True)
    return [" ".join(path.read_text().split()[:2]) for path in sorted(folder.glob("*.pub"))]


def publish(site: ReleaseServer, folder: Path, *lines: str, at: str = GITHUB) -> None:
    file = folder / at.replace("/", "_")
    file.write_text("".join(f"{line}\n" for line in lines))
    site.offer(f"https://localhost{at}", file)


def fetched(journal: Journal, asked: str) -> list[str]:
    made = Keys(validation.checked(Options(public_key=asked)).public_key, journal)
    asyncio.run(asyncio.wait_for(made.fetch(), 60))
    return made.lines.splitlines()


def refused(journal: Journal, asked: str) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as raised:
        fetched(journal, asked)
    assert raised.value.info["field"] == "public_key"
    return raised.value


def lines(journal: Journal) -> str:
    return "\n".join(journal.since(0, 100_000)[1])


def fingerprint(key: str) -> str:
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", "-"], input=key, capture_output=True, text=True, check=True
    )
    return told.stdout.split()[1]


def test_all_keys_of_somebody_are_let_in_and_named(
    site: ReleaseServer, journal: Journal, keys: list[str], tmp_path: Path
) -> None:
    publish(site, tmp_path, *keys[:2])
    publish(site, tmp_path, f"{keys[2]} Some Body (gitlab.com)", keys[0], at=GITLAB)
    asked = f"{keys[1]} my laptop\ngithub:octocat\ngitlab:octocat"

    found = fetched(journal, asked)

    assert found == [f"{keys[1]} my laptop", keys[0], f"{keys[2]} Some Body (gitlab.com)"]
    assert [request.path for request in site.requests] == [GITHUB, GITLAB]
    said = lines(journal)
    assert f"Lets in {fingerprint(keys[1])} my laptop (ED25519, 256 bits)." in said
    assert (
        f"Lets in {fingerprint(keys[0])} no comment (ED25519, 256 bits) of github:octocat" in said
    )
    assert "Some Body (gitlab.com) (ED25519, 256 bits) of gitlab:octocat." in said


def test_keys_that_ssh_does_not_take_are_left_out_of_somebody_s(
    site: ReleaseServer, journal: Journal, keys: list[str], tmp_path: Path
) -> None:
    publish(site, tmp_path, "ssh-dss AAAAB3NzaC1kc3MAAACBAP", keys[0], "what is this")

    assert fetched(journal, "github:octocat") == [keys[0]]

    assert "Fetched the keys of github:octocat: 1, 2 that cannot be used left out." in lines(
        journal
    )


@pytest.mark.parametrize(
    ("published", "faults", "reason"),
    [
        (None, {}, "github.com knows no account of that name."),
        ([], {}, "None is published there."),
        (["ssh-dss AAAAB3NzaC1kc3M"], {}, "Of those that are published there, SSH takes none."),
        (["<html>"], {"page": True}, "github.com knows no account of that name."),
        ([], {"status": 410}, "github.com knows no account of that name."),
    ],
    ids=["not found", "none", "none that can be used", "a page to sign in", "gone"],
)
def test_nobody_or_no_key_is_said(
    site: ReleaseServer,
    journal: Journal,
    tmp_path: Path,
    published: list[str] | None,
    faults: dict[str, object],
    reason: str,
) -> None:
    publish(site, tmp_path, *(published or []))
    site.fail(GITHUB, **({"status": 404} if published is None else faults))

    error = refused(journal, "github:octocat")

    assert (error.code, error.info["cause"]) == ("public_key_nobody", reason)
    assert error.info["title"] == "github.com has no keys of octocat."
    assert error.info["link"] == "https://github.com/octocat.keys"


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"status": 500}, "The answer of localhost was 500 and no keys."),
        ({"redirect": "http://localhost/x"}, "leads to an address without HTTPS."),
        ({"redirect": "ftp://localhost/x"}, "leads to an address without HTTPS."),
        ({"redirect": GITHUB}, "The answers of localhost lead on more than 5 times."),
    ],
    ids=str,
)
def test_a_site_that_does_not_answer_properly_is_said(
    site: ReleaseServer,
    journal: Journal,
    keys: list[str],
    tmp_path: Path,
    faults: dict[str, object],
    reason: str,
) -> None:
    publish(site, tmp_path, keys[0])
    site.fail(GITHUB, **faults)

    error = refused(journal, "github:octocat")

    assert error.code == "public_key_unreachable"
    assert reason in error.info["cause"]
    assert error.info["title"] == "The keys of github:octocat could not be fetched."
    # A try after it is mended gets in.
    publish(site, tmp_path, keys[0])
    assert fetched(journal, "github:octocat") == [keys[0]]


def test_what_leads_on_is_followed(
    site: ReleaseServer, journal: Journal, keys: list[str], tmp_path: Path
) -> None:
    publish(site, tmp_path, keys[0], at="/github.com/newname.keys")
    publish(site, tmp_path)
    site.fail(GITHUB, redirect="/github.com/newname.keys")
    assert fetched(journal, "github:octocat") == [keys[0]]


def test_an_answer_without_end_is_cut_off(
    site: ReleaseServer, journal: Journal, keys: list[str], tmp_path: Path
) -> None:
    publish(site, tmp_path, *(f"{keys[0]} {'x' * 100}" for _ in range(1000)))
    site.fail(GITHUB, no_length=True)
    assert "has more than 64 KiB." in refused(journal, "github:octocat").info["cause"]


def test_more_keys_than_anybody_has_are_refused(journal: Journal) -> None:
    made = Keys("\n".join(f"ssh-ed25519 {number}" for number in range(101)), journal)
    with pytest.raises(ColabWidgetError) as raised:
        asyncio.run(made.fetch())
    assert raised.value.info["cause"] == "There are 101 keys; at most 100 can be used."


def test_no_network_and_a_false_certificate_are_told_apart(
    site: ReleaseServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv(MIRROR, f"https://127.0.0.1:{taken.getsockname()[1]}")
        refusal = refused(journal, "gitlab:octocat").info["cause"]
    assert refusal == "There is no way to 127.0.0.1 (Connection refused)."
    monkeypatch.setenv(MIRROR, "https://nobody.invalid")
    assert (
        "(DNS failed; is this machine online?)." in refused(journal, "gitlab:octocat").info["cause"]
    )
    monkeypatch.setenv(MIRROR, site.url)
    monkeypatch.delenv("SSL_CERT_FILE")
    said = refused(journal, "gitlab:octocat").info["cause"]
    assert said.startswith("The certificate of localhost was not accepted: ")
    monkeypatch.setenv(MIRROR, "http://localhost")
    assert MIRROR in refused(journal, "gitlab:octocat").info["cause"]


def test_a_proxy_of_the_environment_is_gone_through(
    site: ReleaseServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy")
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))  # no program listens: that it is asked is seen by its refusal
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv(MIRROR, "https://keys.example")
        assert "Connection refused" in refused(journal, "github:octocat").info["cause"]


def test_without_a_mirror_it_is_the_sites_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MIRROR, raising=False)
    addresses = [
        backend_keys.address(person)
        for person in map(public_keys.Person.parse, ("github:octocat", "gitlab:Some.Body"))
        if person
    ]
    assert addresses == ["https://github.com/octocat.keys", "https://gitlab.com/Some.Body.keys"]


def test_a_key_that_this_machine_s_openssh_does_not_take_is_named(
    journal: Journal, keys: list[str]
) -> None:
    # A whole blob of the right fields, but no point of the curve.
    body = blob(b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"\1" * 64)
    error = refused(journal, f"{keys[0]}\necdsa-sha2-nistp256 {body}")
    assert error.code == "public_key_broken"
    assert error.info["cause"] == (
        "Key 2 (ecdsa-sha2-nistp256) is none that this machine's OpenSSH takes."
    )


def test_a_backend_reads_no_file_for_whoever_asks(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAA")
    error = refused(journal, str(tmp_path / "id.pub"))
    assert "Line 1 names a file that was not read." in error.info["cause"]
