"""The state of the network: the same while nothing happens, another one in another network."""

from __future__ import annotations

import subprocess
import sys

import pytest

from colabwidget.system.network import network_state

TOLD = """
import subprocess
from colabwidget.system.network import network_state
ip = lambda words: subprocess.run(["ip", *words.split()], check=True)
found = [network_state()]
ip("link add name wlan0 type veth peer name other")
ip("addr add 198.51.100.7/24 dev wlan0"), ip("link set wlan0 up"), ip("link set other up")
found.append(network_state())
ip("route add default via 198.51.100.1")
found.append(network_state())
ip("route change default via 198.51.100.2")
found.append(network_state())
ip("route del default")
found.append(network_state())
print(len({*map(str, found)}), found[1] == found[4], network_state() == found[4])
"""


def test_the_state_stays_while_nothing_happens() -> None:
    assert network_state() == network_state()


def test_another_route_is_another_state() -> None:
    inside = ["unshare", "--net", "--map-root-user", sys.executable, "-c", TOLD]
    done = subprocess.run(inside, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "Operation not" in done.stderr:
        pytest.skip("this machine allows no network namespaces")
    assert done.stdout.split() == ["3", "True", "True"], done.stderr
