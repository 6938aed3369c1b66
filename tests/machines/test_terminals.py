"""The terminal in the cell needs no account: it opens for whatever the notebook runs as.

All of them are on one copy of this machine, one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from tests.kit.machine.machine_copy import CopyImpossible
from tests.kit.machine.odd_machine import OddMachine
from tests.kit.rows import params

NAMELESS = 1_000_650_000
NUMBERS = {"cwnologin": 4301, "cwnohome": 4302, "cwclosed": 4303, "cwplain": 4304}
SHELL = "/bin/bash"


@dataclass(frozen=True)
class Row:
    """What the notebook runs as, and the shell that its terminal is then.

    Parameters
    ----------
    name
        Of the test.
    number
        User id of the notebook.
    variables
        What it knows of HOME and SHELL.
    folder
        Where the shell begins.
    home
        What it takes for home.
    prefix
        What starts the notebook.
    fast
        Whether ``make test`` has it.
    """

    name: str
    number: int
    folder: str
    home: str
    variables: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    shell: str = SHELL
    fast: bool = False


NAMED = NUMBERS["cwplain"]
ROWS = [
    Row("no_name_no_home", NAMELESS, "/", "/", fast=True),
    Row("no_name_home_is_the_root", NAMELESS + 1, "/", "/", {"HOME": "/"}),
    Row("no_name_home_missing", NAMELESS + 2, "/", "/home/none", {"HOME": "/home/none"}),
    Row("no_name_home_relative", NAMELESS + 3, "/", "/", {"HOME": "work"}),
    Row("no_name_nologin", NAMELESS + 4, "/", "/", {"SHELL": "/usr/sbin/nologin"}),
    Row("no_name_own_shell", NAMELESS + 5, "/", "/", {"SHELL": "/bin/sh"}, shell="/bin/sh"),
    Row("nologin_no_home", NUMBERS["cwnologin"], "/home/cwnologin", "/home/cwnologin", fast=True),
    Row("home_missing", NUMBERS["cwnohome"], "/", "/nonexistent"),
    Row(
        *("home_closed", NUMBERS["cwclosed"], "/", "/home/cwclosed"),
        {"HOME": "/home/cwclosed"},
        fast=True,
    ),
    Row("home_is_a_file", NAMED, "/", "/etc/hostname", {"HOME": "/etc/hostname"}),
    Row("usual", NAMED, "/home/cwplain", "/home/cwplain"),
    Row("no_path", NAMED, "/home/cwplain", "/home/cwplain", {"PATH": ""}),
    Row(
        *("other_namespace", NAMED, "/home/cwplain", "/home/cwplain"),
        {"HOME": "/home/cwplain"},
        prefix=("unshare", "--user"),
    ),
]


@pytest.fixture(scope="module")
def machine() -> Iterator[OddMachine]:
    if os.geteuid() != 0:
        pytest.skip("copies this machine, which takes root")
    try:
        with OddMachine(()) as copy:
            shells = {"cwnologin": "/usr/sbin/nologin"}
            for name, number in NUMBERS.items():
                made: tuple[str, ...] = ("--create-home",)
                if name == "cwnohome":
                    made = ("--no-create-home", "--home-dir", "/nonexistent")
                shell = shells.get(name, SHELL)
                copy.must("useradd", *made, "--uid", f"{number}", "--shell", shell, name)
            copy.must("chown", "root:root", "/home/cwclosed")
            copy.must("chmod", "0700", "/home/cwclosed")
            yield copy
    except CopyImpossible as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("row", params(ROWS, {each.name for each in ROWS if not each.fast}))
def test_the_terminal_opens(row: Row, machine: OddMachine) -> None:
    everywhere = machine.environment
    machine.prefix = ["setpriv", f"--reuid={row.number}", "--regid=0", "--clear-groups"]
    machine.prefix += row.prefix
    machine.environment = {
        name: value for name, value in everywhere.items() if name != "HOME"
    } | dict(row.variables)
    try:
        number = machine.notebook("/usr/bin/id", "-u").stdout.strip()
        shown = machine.cell("terminal_at_home")
        log = machine.log()
        assert machine.cell("left")["after"] == ["lock"]
        machine.wait_until_empty()
        said = f"it-23 {number} in {row.folder} with {row.shell} at {row.home}."
        assert said in shown.get("shown", ""), f"{shown}\n{log}"
    finally:
        machine.environment = everywhere
