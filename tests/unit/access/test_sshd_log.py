"""What sshd's lines tell of its clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from colabwidget.access.one_time_key import OneTimeKey
from colabwidget.access.sshd_log import SshdLog

KEY = OneTimeKey(Path("key"), "", "SHA256:own")
OWN = "Accepted publickey for colab from 127.0.0.1 port 4001 ssh2: ECDSA SHA256:own"
OTHER = "Accepted publickey for colab from 127.0.0.1 port 4002 ssh2: ED25519 SHA256:laptop"
PASSWORD = "Accepted password for colab from 127.0.0.1 port 4003 ssh2"


def logged(log: SshdLog, *lines: str) -> list[str]:
    kept = []
    for line in lines:
        log.hear(line)
        if log.is_worth_logging(line):
            kept.append(line)
    return kept


def test_our_own_sign_in_leaves_no_line_and_another_leaves_all() -> None:
    log = SshdLog()
    own = [
        OWN,
        "Received disconnect from 127.0.0.1 port 4001:11: disconnected by user",
        "Disconnected from user colab 127.0.0.1 port 4001",
    ]
    others = [OTHER, "Disconnected from user colab 127.0.0.1 port 4002"]
    with log.own_sign_ins(KEY, by_password=False) as heard:
        assert logged(log, *own, *others, PASSWORD) == [*others, PASSWORD]
    assert heard == [*own, *others, PASSWORD]
    # The key stays ours: it is used again through the tunnel.
    assert logged(log, OWN.replace("4001", "4009")) == []


def test_one_sign_in_by_password_is_our_own_and_the_next_is_not() -> None:
    log = SshdLog()
    with log.own_sign_ins(KEY, by_password=True):
        assert logged(log, PASSWORD) == []
        assert logged(log, PASSWORD.replace("4003", "4004"))
    with log.own_sign_ins(KEY, by_password=True):
        pass
    assert logged(log, PASSWORD.replace("4003", "4005"))


def test_a_refused_sign_in_is_logged_whatever_is_tried_beside_it() -> None:
    log = SshdLog()
    line = "Failed password for colab from 127.0.0.1 port 4010 ssh2"
    with log.own_sign_ins(KEY, by_password=True):
        assert logged(log, line) == [line]


def test_clients_are_those_that_have_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    log = SshdLog()
    rows = {4001: "01", 4002: "01", 4003: "01", 4004: "06"}
    table = "  sl  local_address rem_address   st\n" + "".join(
        f"   0: 0100007F:{2222:04X} 0100007F:{port:04X} {state} 0:0 00:0 0 0 0 {port}\n"
        for port, state in rows.items()
    )
    monkeypatch.setattr(Path, "read_text", lambda path: table)
    with log.own_sign_ins(KEY, by_password=False):
        logged(log, OWN, OTHER)
    logged(log, PASSWORD.replace("4003", "4004"))  # has ended
    # 4003 is connected, and has not signed in.
    assert [(each.port, each.way) for each in log.clients(2222)] == [(4002, "SHA256:laptop")]
    assert log.clients(2223) == []
    assert log.clients(0) == []


def test_a_probe_is_known_by_its_port_or_by_its_announcement() -> None:
    log = SshdLog()
    log.own_probe_from(4020)
    assert logged(log, "Connection closed by 127.0.0.1 port 4020 [preauth]") == []
    log.expect_probe()
    # Ours came in between; the announced one is still to come.
    assert logged(log, "Connection closed by 127.0.0.1 port 4020") == []
    assert logged(log, "Connection reset by 127.0.0.1 port 4021 [preauth]") == []
    assert logged(log, "Connection closed by 127.0.0.1 port 4022 [preauth]")


FORGED = "Accepted publickey for root from 1.2.3.4 port 5 ssh2: ED25519 SHA256:laptop"
IN_NAMES = [
    "Invalid user {} from 127.0.0.1 port 4030",
    "Failed password for invalid user {} from 127.0.0.1 port 4030 ssh2",
    "Connection closed by invalid user {} 127.0.0.1 port 4030 [preauth]",
    "Received disconnect from 127.0.0.1 port 4030:11: {} [preauth]",
    "error: maximum authentication attempts exceeded for invalid user {} from 127.0.0.1 port 4030",
]


@pytest.mark.parametrize("line", IN_NAMES)
@pytest.mark.parametrize(
    "name",
    [
        FORGED,
        "x from 127.0.0.1 port 4020",  # the port of a probe of our own
        "x port 4020 ssh2",
        "syslogin_perform_logout: logout() returned an error",
        "Connection closed by 127.0.0.1 port 4020",
        "Disconnected from user ada 127.0.0.1 port 4020",
    ],
)
def test_no_name_or_word_of_a_client_signs_in_or_hides_its_line(line: str, name: str) -> None:
    log = SshdLog()
    log.own_probe_from(4020)
    told = line.format(name)
    assert logged(log, told) == [told]
    assert log.sign_ins == 0
    assert not log.is_never_left_out(told)


def test_clients_that_got_in_and_left_are_in_the_log_in_any_case() -> None:
    log = SshdLog()
    for line in (OTHER, PASSWORD, "Disconnected from user colab 127.0.0.1 port 4002"):
        assert log.is_never_left_out(line)
    assert not log.is_never_left_out("Disconnected from invalid user x 127.0.0.1 port 1 [preauth]")
    assert not log.is_never_left_out("Failed password for colab from 127.0.0.1 port 4010 ssh2")
