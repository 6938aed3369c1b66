"""What sshd is told is what docs/reference/sshd.md says, and no auditor finds fault with it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from colabwidget.access import ssh_algorithms
from colabwidget.access.guest import Guest
from colabwidget.access.sshd import SshService
from colabwidget.runtime.journal import Journal
from tests.kit.machine.machine import ROOT
from tests.kit.machine.own_sshd import with_sshd

PAGE = (ROOT / "docs" / "reference" / "sshd.md").read_text()
# Of clients without a newer key exchange, some are in use: the page names this and no other.
ACCEPTED = "does not provide protection against post-quantum attacks"
POST_QUANTUM = ("mlkem", "sntrup")


def policy() -> dict[str, list[str]]:
    """By keyword in lower case, the values that the page names."""
    found = {}
    for line in PAGE.splitlines():
        if match := re.match(r"\| `(\w+)` \| ((?:`[^`]+` ?)+) \|", line):
            found[match[1].lower()] = re.findall(r"`([^`]+)`", match[2])
    return found


def effective(config: Path, user: str = "") -> dict[str, list[str]]:
    """What sshd makes of a configuration, for an account."""
    sshd = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/bin")
    assert sshd
    of = ["-C", f"user={user},host=localhost,addr=127.0.0.1"] if user else []
    command = [sshd, "-T", "-f", str(config), *of]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    for line in said.splitlines():
        keyword, _, value = line.partition(" ")
        found.setdefault(keyword, []).extend(re.split(r"[ ,]", value))
    return found


def names_known(query: str) -> list[str]:
    said = subprocess.run(["ssh", "-Q", query], capture_output=True, text=True, check=True)
    return said.stdout.split()


def test_sshd_does_what_the_page_says(tmp_path: Path, journal: Journal) -> None:
    found: dict[str, list[str]] = {}

    async def use(service: SshService) -> None:
        found.update(effective(tmp_path / "sshd_config"))

    with_sshd(tmp_path, journal, use, rsa=True)
    told = policy()
    assert len(told) > 25
    queries = {keyword.lower(): query for keyword, (query, _) in ssh_algorithms.WANTED.items()}
    # The session of this test is the notebook's own account, which a key opens.
    here = {"permitrootlogin": None, "passwordauthentication": ["no"]}
    for keyword, values in told.items():
        expected = here.get(keyword, values)
        if query := queries.get(keyword):
            expected = [name for name in values if name in names_known(query)]
        if keyword == "listenaddress":
            found[keyword] = [found[keyword][0].rpartition(":")[0]]
        assert expected in (None, found[keyword]), keyword
    for keyword, (_, names) in ssh_algorithms.WANTED.items():
        assert [*names] == told[keyword.lower()]


@pytest.mark.parametrize("port", [0, 5999])
def test_a_guest_s_account_may_do_what_the_page_says(
    tmp_path: Path, journal: Journal, port: int
) -> None:
    told: dict[str, str] = {}
    for line in PAGE.partition("## Guests")[2].splitlines():
        if match := re.match(r"\| ([A-Z][\w, ]+) \| ([^|]+) \| ([^|]+) \|", line):
            told |= dict.fromkeys(match[1].lower().split(", "), match[3 if port else 2])
    told |= {"passwordauthentication": "yes", "pubkeyauthentication": "no"}
    told["permitopen"] = f"127.0.0.1:{port}" if port else "none"
    found: dict[str, list[str]] = {}

    async def use(service: SshService) -> None:
        guests = [Guest("guest-1", tmp_path, "", port, uid=990)]
        await service.let_guests_in(guests)
        assert await service.greets()
        found.update(effective(tmp_path / "sshd_config", "guest-1"))
        found["permituserrc"] = found.get("permituserrc", ["no"])

    with_sshd(tmp_path, journal, use)
    assert len(told) > 12
    assert {name: " ".join(found[name]) for name in told} == told


def test_the_page_knows_every_setting() -> None:
    source = (ROOT / "colabwidget" / "access" / "sshd_config.py").read_text()
    keywords = re.findall(r"^([A-Z]\w+) [\w{\[/]", source.partition("_CONFIG =")[2], re.M)
    own = {"Port", "PidFile", "StrictModes", "LogLevel", "AllowUsers", "AuthorizedKeysFile"}
    own |= {"TCPKeepAlive", "PrintMotd", "PrintLastLog", "Subsystem", "ForceCommand", "Match"}
    alias = {"ChallengeResponseAuthentication": "KbdInteractiveAuthentication"}
    for keyword in set(keywords) - own:
        assert alias.get(keyword, keyword).lower() in policy(), keyword


def audit(port: int) -> dict[str, Any]:
    program = Path(sys.executable).with_name("ssh-audit")
    command = [str(program), "--json", "--skip-rate-test", "-p", str(port), "127.0.0.1"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    report: dict[str, Any] = json.loads(said.stdout)
    return report


def complaints(report: dict[str, Any]) -> list[str]:
    return [
        f"{each['algorithm']}: {note}"
        for part in ("kex", "key", "enc", "mac")
        for each in report[part]
        for level in ("fail", "warn")
        for note in each["notes"].get(level, [])
        if not (part == "kex" and note == ACCEPTED and is_classical(each["algorithm"]))
    ]


def is_classical(name: str) -> bool:
    """Whether it is a key exchange of the page's that does not withstand a quantum computer."""
    return name in policy()["kexalgorithms"] and not name.startswith(POST_QUANTUM)


def test_an_auditor_finds_no_fault(tmp_path: Path, journal: Journal) -> None:
    pytest.importorskip("ssh_audit")

    async def use(service: SshService) -> None:
        report = await asyncio.to_thread(audit, service.port)
        assert len(report["kex"]) > 4 and len(report["key"]) > 2
        assert complaints(report) == []
        assert ACCEPTED in " ".join(PAGE.replace("*", "").split())
        assert not report.get("cves"), report["cves"]

    with_sshd(tmp_path, journal, use, rsa=True)


@pytest.mark.parametrize(
    ("part", "level", "algorithm", "note", "passes"),
    [
        ("kex", "warn", "curve25519-sha256", ACCEPTED, True),
        ("kex", "fail", "curve25519-sha256", "using elliptic curves that are suspected", False),
        ("kex", "warn", "diffie-hellman-group14-sha256", ACCEPTED, False),
        ("kex", "warn", "sntrup761x25519-sha512", ACCEPTED, False),
        ("key", "warn", "ssh-ed25519", ACCEPTED, False),
        ("mac", "warn", "hmac-sha2-256", "using encrypt-and-MAC mode", False),
    ],
)
def test_one_kind_of_warning_passes(
    part: str, level: str, algorithm: str, note: str, passes: bool
) -> None:
    report: dict[str, Any] = {each: [] for each in ("kex", "key", "enc", "mac")}
    report[part] = [{"algorithm": algorithm, "notes": {level: [note]}}]
    assert (complaints(report) == []) is passes


def stub(path: Path, answers: dict[str, Sequence[str]]) -> str:
    cases = "".join(
        f"{query}) printf '%s\\n' {' '.join(names)};;\n" for query, names in answers.items()
    )
    path.write_text(
        f'#!/bin/sh\ncase "$2" in\n{cases}*) echo "Unsupported query" >&2; exit 255;;\nesac\n'
    )
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        # OpenSSH 7.6, of Ubuntu 18.04.
        (
            {
                "kex": ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group16-sha512"],
                "cipher": ["aes128-ctr", "aes256-ctr", "3des-cbc"],
                "mac": ["hmac-sha1", "hmac-sha2-256-etm@openssh.com"],
            },
            [
                "KexAlgorithms curve25519-sha256,diffie-hellman-group16-sha512",
                "Ciphers aes256-ctr,aes128-ctr",
                "MACs hmac-sha2-256-etm@openssh.com",
            ],
        ),
        ({"kex": ["kyber"], "cipher": ["rot13"]}, []),
        ({}, []),
    ],
)
def test_names_that_an_older_openssh_lacks_are_left_out(
    tmp_path: Path, answers: dict[str, Sequence[str]], lines: list[str]
) -> None:
    ssh = stub(tmp_path / "ssh", answers)
    assert asyncio.run(ssh_algorithms.lines_for(ssh)).splitlines() == lines


def test_without_a_client_sshd_has_its_own() -> None:
    assert asyncio.run(ssh_algorithms.lines_for(None)) == ""
    assert asyncio.run(ssh_algorithms.lines_for("/no/such/ssh")) == ""


@pytest.mark.parametrize(
    "line", ["KexAlgorithms kyber", "Ciphers rot13", "MACs none-etm", "HostKeyAlgorithms x"]
)
def test_an_sshd_that_may_not_use_them_starts_with_its_own(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    async def lines_for(ssh: str | None) -> str:
        return line

    monkeypatch.setattr(ssh_algorithms, "lines_for", lines_for)

    async def use(service: SshService) -> None:
        assert await service.greets()

    with_sshd(tmp_path, journal, use)
    assert "its own are used" in "\n".join(journal.since(0, 10_000)[1])
