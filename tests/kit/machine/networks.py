"""Three machines in networks of their own: network namespaces with a wire between any two."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tests.kit.waiting import eventually

# Each has one address (TEST-NET-2 of RFC 5737) and one hardware address, on all its wires.
ADDRESSES = {"client": "198.51.100.1", "machine": "198.51.100.2", "edge": "198.51.100.3"}
HARDWARE = {name: f"02:00:00:00:00:{number:02x}" for number, name in enumerate(ADDRESSES)}


class Impossible(Exception):
    """This machine allows no network namespaces."""


@dataclass(frozen=True)
class Network:
    """The namespaces `client`, `machine` and `edge`."""

    prefix: str

    def inside(self, name: str) -> tuple[str, ...]:
        """The words before a command that runs there; process ids and files are everyone's."""
        return ("nsenter", f"--net=/run/netns/{self.prefix}{name}")

    def cut(self, one: str, other: str, *, silently: bool = False) -> None:
        """Nothing passes between two of them any more.

        `one` is told at once that its network is unreachable. Silently, neither is told anything:
        every packet is sent, and none arrives.
        """
        if not silently:
            self._ip(one, "link", "set", other, "down")
            return
        for here, there in ((one, other), (other, one)):
            self._tc(here, "replace", "dev", there, "root", "blackhole")

    def heal(self, one: str, other: str) -> None:
        """All passes again, whatever was done."""
        for here, there in ((one, other), (other, one)):
            self._ip(here, "link", "set", there, "up")
            # Known for good: else silence would become "no route to host" after some seconds.
            neighbour = [ADDRESSES[there], "lladdr", HARDWARE[there], "dev", there]
            self._ip(here, "neigh", "replace", *neighbour, "nud", "permanent")
            if "blackhole" in self._tc(here, "show", "dev", there):
                self._tc(here, "del", "dev", there, "root")

    def make(self) -> None:
        for name in ADDRESSES:
            _run("ip", "netns", "add", self.prefix + name)
            self._ip(name, "link", "set", "lo", "up")
        for one, other in combinations(ADDRESSES, 2):
            # fmt: off
            self._ip(
                one, "link", "add", other, "address", HARDWARE[one], "type", "veth",
                "peer", "name", one, "address", HARDWARE[other], "netns", self.prefix + other,
            )
            # fmt: on
            for here, there in ((one, other), (other, one)):
                self._ip(
                    here, "addr", "add", ADDRESSES[here], "peer", ADDRESSES[there], "dev", there
                )
            self.heal(one, other)

    def remove(self) -> None:
        """Nothing of it is left, nor of what still runs in it."""
        for name in ADDRESSES:
            space = self.prefix + name
            if not Path("/run/netns", space).exists():
                continue
            eventually(lambda space=space: not _end_all(space), what=lambda: "it cannot be ended")
            _run("ip", "netns", "delete", space)

    def _ip(self, name: str, *arguments: str) -> str:
        return _run("ip", "-n", self.prefix + name, *arguments)

    def _tc(self, name: str, *arguments: str) -> str:
        return _run("tc", "-n", self.prefix + name, "qdisc", *arguments)


@contextmanager
def network() -> Iterator[Network]:
    """Make a network, and remove it, whatever happens inside."""
    for space in Path("/run/netns").glob("cw-*-*-*"):
        prefix, _, _ = space.name.rpartition("-")
        if not Path("/proc", prefix.split("-")[1]).exists():
            Network(f"{prefix}-").remove()  # of a test run that was killed
    made = Network(f"cw-{os.getpid()}-{secrets.token_hex(2)}-")
    try:
        try:
            made.make()
        except (OSError, subprocess.CalledProcessError) as error:
            raise Impossible(getattr(error, "stderr", "") or str(error)) from error
        yield made
    finally:
        made.remove()


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def _end_all(space: str) -> list[str]:
    found = _run("ip", "netns", "pids", space).split()
    for pid in found:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue
    return found
