"""What cloudflared's words mean, in the words that it has said to people."""

from __future__ import annotations

from pathlib import Path

import pytest

from colabwidget.core.endpoint import Endpoint
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels.cloudflare.tunnel import CloudflareTunnel
from tests.kit.tunnels import HOST, quick_tunnel


@pytest.fixture
def tunnel(journal: Journal, tmp_path: Path) -> CloudflareTunnel:
    return quick_tunnel(journal, tmp_path)


BOX = f"2026-11-27T10:00:00Z INF |  https://{HOST}           |"
REGISTERED = (
    "2026-11-27T10:00:01Z INF Registered tunnel connection connIndex=0 "
    "connection=b7ebd606-8da5-4273-af3d-472ec741887c event=0 ip=198.41.200.13 location=sjc08 "
    "protocol=quic"
)
API = "https://api.trycloudflare.com/tunnel"


def test_it_leads_to_its_address_once_it_is_registered(tunnel: CloudflareTunnel) -> None:
    said = [
        "2026-11-27T10:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...",
        "2026-11-27T10:00:00Z INF |  Your quick Tunnel has been created! Visit it at  |",
        BOX,
        "2026-11-27T10:00:00Z INF Starting metrics server on 127.0.0.1:20241/metrics",
        REGISTERED,
    ]
    heard = [tunnel.parse_endpoint(line) for line in said]
    assert heard[:-1] == [None] * 4
    assert heard[-1] == Endpoint(HOST, 22, proxy="cloudflared access ssh --hostname %h")
    assert tunnel.loopback_command()[1:] == ["access", "ssh", "--hostname", HOST]


@pytest.mark.parametrize(
    "line",
    [
        f'failed to request quick Tunnel: Post "{API}": dial tcp: i/o timeout',
        "INF |  https://trycloudflare.com.example.org  |",
        "INF |  https://mine.trycloudflare.com.example.org  |",
    ],
)
def test_other_addresses_are_not_taken_for_its_own(tunnel: CloudflareTunnel, line: str) -> None:
    tunnel.parse_endpoint(line)
    assert tunnel.parse_endpoint(REGISTERED) is None


@pytest.mark.parametrize(
    ("line", "there"),
    [
        (REGISTERED, True),
        ("INF Connection b7ebd606-8da5 registered connIndex=0 location=FRA", True),
        ("INF Lost connection with the edge connIndex=1", False),
        ("INF Retrying connection in up to 1s connIndex=0 event=0 ip=198.41.192.77", False),
        ('WRN Connection terminated error="connection with edge closed" connIndex=0', False),
        ("INF Unregistered tunnel connection connIndex=0", False),
        ("INF Generated Connector ID: 19dfd5eb-87fc-4f30-ad94-bc189e47f0bc", None),
        ('ERR  error="dial tcp 127.0.0.1:22: connect: connection refused" event=1', None),
        (BOX, None),
    ],
)
def test_its_log_tells_whether_it_is_connected(
    tunnel: CloudflareTunnel, line: str, there: bool | None
) -> None:
    assert tunnel.parse_online(line) is there


@pytest.mark.parametrize(
    ("said", "code", "part"),
    [
        (
            'ERR Error unmarshaling QuickTunnel response: error code: 1015 error="invalid '
            'character \'e\' looking for beginning of value" status_code="429 Too Many Requests"',
            "cloudflare_busy",
            "(429)",
        ),
        (
            'ERR Error unmarshaling QuickTunnel response: error code: 1101 error="invalid '
            "character 'e' looking for beginning of value\" "
            'status_code="500 Internal Server Error"',
            "tunnel_failed",
            "api.trycloudflare.com answered with 500 and gave no tunnel.",
        ),
        (
            "quick tunnel provisioning failed with status 429: error code: 1015",
            "cloudflare_busy",
            "(429)",
        ),
        (
            "quick tunnel provisioning failed with status 403",
            "tunnel_failed",
            "api.trycloudflare.com answered with 403 and gave no tunnel.",
        ),
        (
            f'failed to request quick Tunnel: Post "{API}": dial tcp: lookup '
            "api.trycloudflare.com on 127.0.0.11:53: no such host",
            "no_network",
            "cloudflared says: dial tcp: lookup api.trycloudflare.com on 127.0.0.11:53: no such",
        ),
        (
            f'failed to request quick Tunnel: Post "{API}": net/http: TLS handshake timeout',
            "no_network",
            "cloudflared says: net/http: TLS handshake timeout.",
        ),
        (
            f'failed to request quick Tunnel: Post "{API}": tls: failed to verify certificate: '
            "x509: certificate signed by unknown authority",
            "tls_intercepted",
            "between this machine and Cloudflare",
        ),
        (
            'ERR Failed to dial a quic connection error="failed to dial to edge with quic: '
            'timeout: no recent network activity" connIndex=0 event=0 ip=198.41.192.77',
            "no_network",
            "port 7844",
        ),
        (
            'ERR Unable to establish connection with Cloudflare edge error="DialContext error: '
            'dial tcp 198.41.200.33:7844: i/o timeout" connIndex=0',
            "no_network",
            "port 7844",
        ),
        (
            "failed to parse quick Tunnel ID: invalid UUID length: 0",
            "tunnel_failed",
            "It said: failed to parse quick Tunnel ID: invalid UUID length: 0.",
        ),
    ],
)
def test_a_refusal_is_recognised(tunnel: CloudflareTunnel, said: str, code: str, part: str) -> None:
    error = tunnel.start_error(["INF Requesting new quick Tunnel on trycloudflare.com...", said])
    assert error.code == code
    assert part in error.info["cause"]
