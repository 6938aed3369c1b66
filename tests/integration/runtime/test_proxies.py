"""Downloads and apt go through the proxies that the notebook names, in each way to name them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.runtime import process, work_environment
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.fetch import MIRROR
from tests.doubles.proxy import Asked, Proxy
from tests.doubles.releases import ReleaseServer
from tests.kit.backend.downloads import TURBOVNC, download, lines, needs_tools, refusal

WHO = "me:s3cret/word"
SPELLED = "me:s3cret%2Fword"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(credentials=WHO) as made:
        yield made
    work_environment.reset()


@needs_tools
@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("trust", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_downloads_go_through_the_proxy_with_its_password(
    server: ReleaseServer,
    deb: Path,
    folder: Path,
    journal: Journal,
    proxy: Proxy,
    name: str,
    trust: str,
) -> None:
    named = {name: f"http://{SPELLED}@{proxy.address}", trust: str(server.ca), MIRROR: server.url}
    other = folder.with_name("other")
    work_environment.use(named, journal)

    assert download(folder, journal).read_bytes() == deb.read_bytes()
    assert proxy.asked == [Asked(f"CONNECT {server.url.removeprefix('https://')}", WHO)]

    work_environment.use({**named, "no_proxy": "example.com,localhost"}, journal)
    download(folder, journal)
    assert len(proxy.asked) == 1

    work_environment.use({**named, name: f"http://me:wr0ng-one@{proxy.address}"}, journal)
    assert "407" in refusal(other, journal)
    work_environment.use({**named, name: f"socks5://me:wr0ng-one@{proxy.address}"}, journal)
    assert refusal(other, journal) == "A proxy of the kind socks5 is not used for downloads."
    assert not [word for word in ("s3cret", "wr0ng") if word in lines(journal)]


@needs_tools
def test_certificates_that_cannot_be_read_are_named(
    server: ReleaseServer, folder: Path, journal: Journal, tmp_path: Path
) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate\n")
    work_environment.use({"CURL_CA_BUNDLE": str(broken), MIRROR: server.url}, journal)
    try:
        reason = refusal(folder, journal, TURBOVNC)
    finally:
        work_environment.reset()
    assert reason.startswith(f"The file of certificates that the environment names, {broken}, ")


@pytest.mark.skipif(not shutil.which("apt-get"), reason="needs apt")
@pytest.mark.parametrize(
    "names", [("http_proxy", "https_proxy"), ("HTTP_PROXY", "HTTPS_PROXY"), ("ALL_PROXY",)]
)
def test_apt_goes_through_the_proxy(
    proxy: Proxy, journal: Journal, tmp_path: Path, names: tuple[str, ...]
) -> None:
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (tmp_path / folder).mkdir(parents=True)
    sources = tmp_path / "sources.list"
    sources.write_text(
        "".join(f"deb [trusted=yes] {kind}://{kind}.invalid ./\n" for kind in ("http", "https"))
    )
    work_environment.use(dict.fromkeys(names, f"http://{SPELLED}@{proxy.address}"), journal)
    places = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": tmp_path / "parts",
        "Dir::State::Lists": tmp_path / "lists",
        "Dir::Cache": tmp_path / "cache",
        "Acquire::Retries": 0,
        "Debug::NoLocking": 1,
        "APT::Sandbox::User": "root",
    }
    options = [f"-o{name}={value}" for name, value in places.items()]
    command = ["apt-get", *options, "update"]
    asyncio.run(process.run(command, journal, environment=work_environment.of_apt()))

    met = {
        "https" if each.what.startswith("CONNECT https.invalid") else "http"
        for each in proxy.asked
        if each.credentials == WHO
    }
    assert met == {"http", "https"}, lines(journal)
    assert "s3cret" not in lines(journal)
