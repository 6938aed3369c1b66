"""Which account has opened a connection within this machine, as the kernel tells it."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from collections.abc import Callable, Iterator

import pytest

from colabwidget.system.tcp_owner import listed_owner, owner

WAYS = pytest.mark.parametrize("find", [owner, listed_owner])
Find = Callable[[int, int], int | None]


@contextlib.contextmanager
def connected(family: socket.AddressFamily) -> Iterator[tuple[int, socket.socket]]:
    """A port, and a connection to it."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(family) as client:
        port = server.getsockname()[1]
        mapped = "::ffff:" if family == socket.AF_INET6 else ""
        client.connect((f"{mapped}127.0.0.1", port))
        with server.accept()[0]:
            yield port, client


@WAYS
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_owner_of_a_connection_is_named(find: Find, family: socket.AddressFamily) -> None:
    with connected(family) as (port, client):
        here = client.getsockname()[1]
        assert find(port, here) == os.geteuid()
        # Neither a port that listens nor the other end is taken for it.
        assert find(port, here + 1) is None
        assert find(here + 1, port) is None


@WAYS
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be another account")
def test_so_is_another_account_until_it_has_closed(find: Find) -> None:
    other = pwd.getpwnam("nobody").pw_uid
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        os.seteuid(other)
        try:
            client = socket.socket()
        finally:
            os.seteuid(0)
        client.connect(("127.0.0.1", port))
        with server.accept()[0]:
            here = client.getsockname()[1]
            assert find(port, here) == other
            client.close()
            assert find(port, here) is None
        assert find(port, here) is None
