"""The work environment of a session: it comes with each request, and its secrets are redacted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.core.secrets import MASK
from colabwidget.runtime import work_environment
from colabwidget.runtime.journal import Journal


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's own variables hold again after the test."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    yield
    work_environment.reset()


def test_the_newest_request_holds(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://first.example:1")
    assert work_environment.proxies()["https"] == "http://first.example:1"

    work_environment.use({"PATH": "/opt/bin", "HF_TOKEN": "x"}, journal)
    assert work_environment.current() == {"PATH": "/opt/bin"}
    assert work_environment.proxies() == {}

    work_environment.use({"ALL_PROXY": "socks5://second.example:2"}, journal)
    assert work_environment.of_apt() == {
        "http_proxy": "socks5h://second.example:2",
        "https_proxy": "socks5h://second.example:2",
    }
    programs = work_environment.of_network_programs()
    assert programs["https_proxy"] == programs["HTTPS_PROXY"] == "socks5://second.example:2"


def test_a_proxy_s_password_never_reaches_the_journal(journal: Journal) -> None:
    work_environment.use({"http_proxy": "http://me:s3cret%2Fword@proxy.example:1"}, journal)
    journal.add("tried http://me:s3cret%2Fword@proxy.example:1, that is s3cret/word")
    assert journal.since(0, 1000)[1] == [f"tried http://{MASK}@proxy.example:1, that is {MASK}"]


def test_certificates_are_those_that_are_there(journal: Journal, tmp_path: Path) -> None:
    file, folder = tmp_path / "ca.pem", tmp_path / "certs"
    file.write_text("")
    folder.mkdir()
    gone = str(tmp_path / "gone")

    def found(**named: object) -> dict[str, str]:
        work_environment.use({name: str(value) for name, value in named.items()}, journal)
        return work_environment.certificates()

    assert found() == {}
    assert found(SSL_CERT_FILE=file) == {"SSL_CERT_FILE": str(file)}
    assert found(SSL_CERT_FILE=gone, CURL_CA_BUNDLE=file) == {"SSL_CERT_FILE": str(file)}
    assert found(REQUESTS_CA_BUNDLE=folder) == {"SSL_CERT_DIR": str(folder)}
    both = {"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(folder)}
    assert found(REQUESTS_CA_BUNDLE=file, SSL_CERT_DIR=folder) == both
