"""The fault matrix: what is done to a session, what its user sees, and what is true afterwards."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colabwidget.runtime.children import descendants
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line, guard_of, open_files
from tests.kit.machine.ssh_client import ssh
from tests.kit.machine.tokens import find_in_files, find_in_processes, forms_of
from tests.kit.waiting import eventually

# Where something of a session could be left, beside the machine's own folder.
PLACES = ("/etc/sudoers.d", "/etc/profile.d", "/run", "/var/lib/colabwidget", "/var/tmp")


@dataclass
class Scene:
    """One session that a fault happens to."""

    machine: Machine
    folder: Path
    details: dict[str, Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    #: In every command line of the session's programs; by default the machine's own folder.
    mark: str = ""
    #: What a row wants to keep from its fault to its check, and what its test gives it.
    kept: dict[str, Any] = field(default_factory=dict)

    def connect(self, *arguments: str, tunnel: str = "ngrok") -> dict[str, Any]:
        """Connect, or take the newest details of the session that is there."""
        self.kept["arguments"], self.kept["tunnel"] = arguments, tunnel
        self.details = self.machine.connect(*arguments, tunnel=tunnel)
        self.learn(self.details)
        return self.details

    def again(self) -> dict[str, Any]:
        """The newest details, as a client that connects with the same options gets them."""
        return self.connect(*self.kept["arguments"], tunnel=self.kept["tunnel"])

    def learn(self, details: dict[str, Any]) -> None:
        """Keep in mind what must be nowhere afterwards."""
        parts = [part for part in (details["ssh"], details["desktop"]) if part]
        names = ("password", "view_only_password")
        self.secrets |= {part[name] for part in parts for name in names if part.get(name)}

    @property
    def phase(self) -> str:
        return str(self.machine.status()["phase"])

    @property
    def error(self) -> dict[str, str]:
        return self.machine.status()["error"] or {}

    @property
    def backend(self) -> int:
        found = self.machine.backend_pid()
        assert found, "no backend runs"
        return found

    def children(self) -> set[int]:
        return descendants(pid) if (pid := self.machine.backend_pid()) else set()

    def child(self, mark: str) -> int:
        """The process below the backend whose command line holds the mark."""
        found = [pid for pid in self.children() if mark in command_line(pid)]
        assert found, f"no {mark}: {[command_line(pid) for pid in self.children()]}"
        # The innermost: what starts it in our name may have the mark as well.
        return next(pid for pid in found if not descendants(pid) & {*found})

    def signs_in(self, details: dict[str, Any] | None = None) -> bool:
        """A real ssh client gets in."""
        done = ssh(
            details or self.details, "whoami", folder=self.folder, outside=self.machine.outside
        )
        return done.stdout.strip() == self.machine.user

    def journal(self) -> str:
        return self.machine.journal()


@dataclass(frozen=True)
class Fault:
    """What a row of the matrix tells people.

    Parameters
    ----------
    name
        Of the test.
    done
        What is done.
    seen
        What the user sees.
    within
        Seconds within which the user must see it.
    """

    name: str
    done: str
    seen: str
    within: float


@dataclass(frozen=True)
class Row(Fault):
    """A row of the matrix, tried with the command line.

    Parameters
    ----------
    name, done, seen, within
        As in `Fault`.
    fault
        Does it.
    holds
        Whether the user sees it.
    also
        What must be true then as well.
    arguments, tunnel
        How the session is made.
    environment
        Variables of the client that connects first.
    before
        What is done before anything of ours runs.
    connected
        Whether the session is there when the fault happens.
    """

    fault: Callable[[Scene], object]
    holds: Callable[[Scene], object]
    also: Callable[[Scene], object] = lambda scene: None
    arguments: tuple[str, ...] = ()
    tunnel: str = "ngrok"
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[Scene], object] = lambda scene: None
    connected: bool = True


def try_row(row: Row, machine: Machine, folder: Path, **kept: Any) -> None:
    """Make a session, let the fault happen, and see that all holds that must."""
    scene = Scene(machine, folder, kept={**kept, "arguments": row.arguments, "tunnel": row.tunnel})
    machine.environment |= row.environment
    row.before(scene)
    if row.connected:
        scene.connect(*row.arguments, tunnel=row.tunnel)
    with aftermath(scene):
        row.fault(scene)
        eventually(lambda: row.holds(scene), row.within, what=lambda: told(scene))
        row.also(scene)


def send(mark: str, number: int) -> Callable[[Scene], None]:
    """Send a signal to a child of the backend, and keep in mind which it was."""

    def fault(scene: Scene) -> None:
        scene.kept["pid"] = scene.child(mark)
        os.kill(scene.kept["pid"], number)

    return fault


def is_connected_again(scene: Scene) -> bool:
    """It was lost, and is there again."""
    return "Connected again." in scene.journal() and scene.phase == "connected"


def comes_back_with_the_same_details(scene: Scene) -> None:
    """What the user has copied is still right, and leads in."""
    before = scene.details
    assert scene.again() == before
    assert scene.signs_in()


def told(scene: Scene) -> str:
    return f"{scene.machine.run('status').stdout}\n{scene.journal()}"


@contextmanager
def aftermath(scene: Scene) -> Iterator[None]:
    """A fault happens inside. Afterwards nothing is left of it, and Connect works again."""
    yield
    machine = scene.machine
    machine.disconnect()
    assert_nothing_left(scene)
    machine.agent()
    again = scene.again()
    assert again["phase"] == "connected"
    # A key, if there is one, is the row's own; a password opens every other session.
    assert not again["ssh"]["password"] or scene.signs_in(again), told(scene)
    machine.disconnect()
    assert_nothing_left(scene)


def assert_nothing_left(scene: Scene) -> None:
    """No process, no open port, no secret on disk or in any process."""
    machine = scene.machine
    eventually(lambda: not leftovers(scene), 10, what=lambda: str(leftovers(scene)))
    backend = machine.backend_pid()
    if backend:
        assert not listening(backend)
        files = machine.runtime / "session"
        assert not files.exists() or not list(files.iterdir())
    secrets = [machine.token, *scene.secrets]
    assert not find_in_files(secrets, machine.folder, *map(Path, PLACES))
    assert not find_in_processes(secrets)
    journal = scene.journal().encode()
    assert not [form for secret in secrets for form in forms_of(secret) if form in journal]
    shadow = Path("/etc/shadow").read_text()
    assert f"\n{machine.user}:" not in shadow or f"\n{machine.user}:!" in shadow
    assert not list(Path("/etc/sudoers.d").glob(f"*{machine.user}*"))


def leftovers(scene: Scene) -> list[str]:
    """What still runs of a session that is over: of its account, or with its files."""
    machine = scene.machine
    try:
        account = pwd.getpwnam(machine.user).pw_uid
    except KeyError:
        account = -1
    backend = machine.backend_pid()
    # Its guard is there as long as the backend is.
    ours = {os.getpid(), backend, guard_of(backend) if backend else None}
    mark = (scene.mark or str(machine.folder)).encode()
    # An account of a copy of the machine may have the same number.
    root = _root_of(backend or "self")
    found = [*descendants(backend)] if backend else []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in ours:
            try:
                is_account_s = entry.stat().st_uid == account and _root_of(entry.name) == root
                if is_account_s or mark in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return [f"{pid}: {command_line(pid)}" for pid in found]


def _root_of(process: int | str) -> tuple[int, int]:
    """Which directory is the root of a process."""
    found = Path(f"/proc/{process}/root/").stat()
    return found.st_dev, found.st_ino


def listening(pid: int) -> set[str]:
    """The TCP addresses that a process listens on (state 0A of ``/proc/net/tcp``)."""
    sockets = open_files(pid)
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}
