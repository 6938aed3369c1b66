"""Whose connections an agent brings, where its log names each client as it comes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from colabwidget.system.tcp_traffic import client_ports, holders


class Joins:
    """Matches the addresses that an agent logs with its connections to a local port.

    A line names no local port. It is matched with the one connection of the agent that is new
    since the line before; where several are, none of them is named.
    """

    def __init__(self) -> None:
        self._port = 0
        self._addresses: dict[int, str] = {}  # by the port that the agent's connection comes from

    def begin(self, port: int) -> None:
        """Begin anew, with the local port that the agent leads to."""
        self._port, self._addresses = port, {}

    def hear(self, peer: str, agent: Iterable[int]) -> None:
        """Take note of a client.

        Parameters
        ----------
        peer
            Its address and port, as the agent has logged them.
        agent
            Process ids of the agent.
        """
        try:
            ports = client_ports(self._port) if self._port else set()
        except OSError:
            return
        known = {port: text for port, text in self._addresses.items() if port in ports}
        pids = [*agent]
        new = [port for port in ports - known.keys() if holders(port, self._port, pids)]
        address = address_in(peer) if len(new) == 1 else ""
        self._addresses = {**known, **dict.fromkeys(new, address)}

    def address(self, port: int) -> str:
        """Return the address of the client whose connection comes from a local port, or nothing."""
        return self._addresses.get(port, "")


def address_in(peer: str) -> str:
    """Return the IP address in ``address:port``; empty for anything else."""
    text = peer.strip()
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    host, colon, port = text.rpartition(":")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))) if colon and port.isdigit() else ""
    except ValueError:
        return ""
