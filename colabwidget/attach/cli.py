"""The command ``colabwidget attach``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from colabwidget.through.faults import Fault

if TYPE_CHECKING:
    import argparse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 failed with the reason on stderr."""
    chosen = make_parser().parse_args(sys.argv[1:] if arguments is None else [*arguments])
    try:
        return _run(chosen)
    except Fault as fault:
        print(f"colabwidget: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def make_parser() -> argparse.ArgumentParser:
    """Return the parser."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="colabwidget attach",
        description="On your computer: have ssh know a notebook's machine by name, by a key that "
        "is made for it. The attach string is asked for, or read from standard input.",
    )
    parser.add_argument("--name", default="", help="what ssh calls it (colabwidget unless given)")
    parser.add_argument(
        "--allow-program",
        action="store_true",
        help="let ssh run the program that the string names, whatever it is",
    )
    parser.add_argument(
        "--tmux", action="store_true", help="ssh NAME comes back to the shell that it left"
    )
    parser.add_argument(
        "--vscode", action="store_true", help="have the machine fetch VS Code's server meanwhile"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--undo", metavar="NAME", default="", help="remove all that was written")
    other.add_argument(
        "--move",
        nargs=2,
        metavar=("NAME", "HOST:PORT"),
        help="the same machine has another address now",
    )
    return parser


def _run(chosen: argparse.Namespace) -> int:
    from colabwidget.attach import attaching
    from colabwidget.attach.string import AttachString
    from colabwidget.through import editors
    from colabwidget.through.profiles import Profiles, check_name

    profiles = Profiles()
    if chosen.undo:
        attaching.undo(profiles, chosen.undo)
        print(f"{chosen.undo} is forgotten on this computer.")
        return 0
    if chosen.move:
        name, address = chosen.move
        host, _, port = address.rpartition(":")
        number = int(port) if port.isascii() and port.isdigit() else 0
        attaching.move(profiles, name, host.strip("[]"), number)
        print(f"ssh {name} goes to {address} from now on.")
        return 0
    if chosen.name:
        check_name(chosen.name)
    code = AttachString.parse(_asked())
    commit, without = editors.vscode_commit() if chosen.vscode else ("", "")
    if without:
        print(without, file=sys.stderr)
    name = attaching.attach(
        profiles,
        code,
        chosen.name,
        allow_program=chosen.allow_program,
        tmux=chosen.tmux,
        commit=commit,
    )
    print(f"Attached. From now on: ssh {name}")
    return 0


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    import getpass

    return getpass.getpass("Attach string, from the card (it is not shown): ").strip()
