"""SSH through the notebook's own server against ssh to the same sshd, way by way, in one run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from common import Table, must_be_root

# isort: split
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine
from tests.kit.through import Computer, TerminalServer

SIGN_INS, KEYS, SIZE = 7, 200, 50_000_000
#: Budgets: of a sign-in in times of direct ssh, of a key in ms more, of copies in MB a second.
BUDGETS = {"extension": (1.25, 2.0, 25.0), "terminal": (2.0, 4.0, 10.0), "kernel": (1.6, 8.0, 10.0)}


def main() -> int:
    must_be_root()
    table = Table(f"SSH through the notebook's server: medians of {SIGN_INS} and of {KEYS} keys")
    with tempfile.TemporaryDirectory(prefix="cw-") as folder, serving(Path(folder)) as world:
        machine, computers = world
        direct = measured(computers["terminal"], direct_options(machine), Path(folder))
        table.add("direct: ssh true", direct["true"], "ms")
        table.add("direct: a key's echo", direct["echo"], "ms")
        for way, (times, longer, least) in BUDGETS.items():
            found = measured(computers[way], [], Path(folder))
            table.add(f"{way}: ssh true", found["true"] / direct["true"], "times direct", times)
            table.add(f"{way}: a key's echo more", found["echo"] - direct["echo"], "ms", longer)
            for kind in ("up", "down"):
                table.add(f"{way}: {kind}, direct's to its", direct[kind] / found[kind], "times")
                seconds = SIZE / 1e6 / found[kind]
                table.add(f"{way}: 50 MB {kind}", seconds, "s", SIZE / 1e6 / least)
    return table.end()


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Machine, dict[str, Computer]]]:
    """A session, and a computer for each way that is paired with it."""
    server = TerminalServer(Path(sys.executable), folder / "server")
    server.add_extension()
    server.start()
    machine = server.machine(new_user())
    try:
        machine.connect(tunnel="through")
        computers = {}
        for way in BUDGETS:
            computers[way] = Computer(folder / way)
            said = json.loads(machine.run("status", "--show-passwords", "--json").stdout)
            computers[way].pair(said["ssh"]["pairing"], "--way", way)
        yield machine, computers
    finally:
        machine.end()
        server.end()


def direct_options(machine: Machine) -> list[str]:
    """What leads to the session's own sshd, without the server."""
    text = (machine.runtime / "session" / "sshd_config").read_text()
    port = re.search(r"^Port (\d+)$", text, re.M)
    assert port
    return ["-o", "ProxyCommand=none", "-o", "HostName=127.0.0.1", "-o", f"Port={port[1]}"]


def measured(computer: Computer, options: list[str], folder: Path) -> dict[str, float]:
    """Milliseconds of a sign-in and a key, and MB a second of copies."""
    times = []
    for _ in range(SIGN_INS):
        began = time.perf_counter()
        assert computer.run("ssh", *options, "colabwidget", "true").returncode == 0
        times.append((time.perf_counter() - began) * 1e3)
    data, back = folder / "data", folder / "back"
    data.write_bytes(os.urandom(SIZE))
    copies = {"up": (str(data), "colabwidget:data"), "down": ("colabwidget:data", str(back))}
    rates = {}
    for kind, ends in copies.items():
        began = time.perf_counter()
        assert computer.run("scp", *options, *ends, timeout=120).returncode == 0
        rates[kind] = SIZE / 1e6 / (time.perf_counter() - began)
    assert back.read_bytes() == data.read_bytes()
    return {"true": median(times), "echo": echo(computer, options), **rates}


def echo(computer: Computer, options: list[str]) -> float:
    """Milliseconds until a key comes back from a program there."""
    client = computer.start(
        *("ssh", *options, "colabwidget", "cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert client.stdin and client.stdout
    found = []
    for _ in range(KEYS):
        began = time.perf_counter()
        client.stdin.write(b"k")
        client.stdin.flush()
        client.stdout.read(1)
        found.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.005)
    client.stdin.close()
    client.wait()
    return median(found)


if __name__ == "__main__":
    sys.exit(main())
