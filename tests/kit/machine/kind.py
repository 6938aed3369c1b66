"""A kind of machine as data, and the product's main story on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.kit.machine.changes import Change
from tests.kit.machine.distribution import DistributionMachine, Release
from tests.kit.machine.odd_machine import OddMachine


@dataclass(frozen=True)
class Kind:
    """A kind of machine: a row of the tests, and of the table for people that is made of them.

    Parameters
    ----------
    name
        Of the test; stays when the title changes.
    title
        What the machine is, for people.
    says
        What works there and what does not, in a sentence for people.
    changes
        How it differs from this machine, in their order.
    ways
        How clients sign in: ``"password"`` to the account that colabwidget makes, ``"key"`` to the
        account that the notebook offers; none where SSH cannot work.
    refused
        Code of the error, and a word of its cause, that Connect with a key then ends with.
    no_password
        Code of the error of Connect without a key, where only a key is taken.
    desktop
        Whether the desktop in the notebook is tried.
    runtime
        Where the backend has to run; empty where another test says that.
    log
        What the log has to tell.
    home_can_be_written
        Whether the account that signs in writes a file in its home.
    release
        What it runs; this machine's own distribution unless given.
    fast
        Whether ``make test`` has it; ``make machines`` has all of them.
    """

    name: str
    title: str
    says: str
    changes: tuple[Change, ...] = ()
    ways: tuple[str, ...] = ("key",)
    refused: tuple[str, str] | None = None
    no_password: str = ""
    desktop: bool = False
    runtime: str = ""
    log: str = ""
    home_can_be_written: bool = True
    fast: bool = False
    release: Release | None = None
    options: tuple[str, ...] = field(default=())


def machine_of(kind: Kind) -> OddMachine:
    """Return a machine of a kind, to be entered."""
    if kind.release:
        return DistributionMachine(kind.release, kind.changes)
    return OddMachine(kind.changes)


def tell(kind: Kind, machine: OddMachine) -> None:
    """Go through the story: sign in, the terminal and the desktop in the cell, leave nothing."""
    for way in kind.ways:
        sign_in(kind, machine, way)
    if kind.no_password:
        error = machine.connect(*kind.options)["error"]
        assert error["code"] == kind.no_password, error
    if kind.refused:
        code, word = kind.refused
        error = machine.connect("--public-key", machine.public_key, *kind.options)["error"]
        assert error["code"] == code and word in error["cause"], error
        assert {"tunnel": "none"} in [offer["options"] for offer in error["offers"]], error
    if kind.log:
        assert kind.log in machine.log()
    number = machine.notebook("id", "-u").stdout.strip()
    shown = machine.cell("terminal")
    assert f"it-23 {number} in /" in shown.get("shown", ""), shown
    if kind.desktop:
        assert machine.cell("desktop").get("greeting", "").startswith("RFB 003."), machine.log()
    left = machine.cell("left")
    assert (left["session"], left["after"]) == ([], ["lock"]), left
    assert left["directory"] == (kind.runtime or left["directory"])
    machine.wait_until_empty()


def sign_in(kind: Kind, machine: OddMachine, way: str) -> None:
    """Connect, sign in with a real client as people do, and disconnect."""
    key = ("--public-key", machine.public_key) if way == "key" else ()
    details = machine.connect(*key, *kind.options)
    assert "error" not in details, f"{details}\n{machine.log()}"
    assert details["ssh"]["verified"], details["ssh"]
    assert bool(details["ssh"]["password"]) == (way == "password")
    name = details["ssh"]["user"]

    write = "cd; : > written && rm written && echo writes" if kind.home_can_be_written else "pwd"
    done = machine.ssh(details, f"id -un; {write}")
    assert done.stdout.split("\n")[0] == name, f"{done}\n{machine.log()}"
    assert "writes" in done.stdout or not kind.home_can_be_written, done
    terminal = machine.ssh(details, "tty", "-tt")
    assert "/dev/pts/" in terminal.stdout, terminal

    assert machine.colabwidget("disconnect").returncode == 0
    refused = machine.ssh(details, "true")
    assert refused.returncode == 255 and "refused" in refused.stderr, refused
