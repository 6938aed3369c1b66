"""The commands ``invite``, ``invitations`` and ``revoke``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from colabwidget.cli.words import keys_given, lasting, say
from colabwidget.control import invitations
from colabwidget.core import codec
from colabwidget.core.invitation import MINUTES, Invitation


def add_to(commands: Any) -> None:
    """Add the commands to the parser's."""
    invite = commands.add_parser(
        "invite", help="let a colleague see a terminal or the desktop, for a while"
    )
    what = invite.add_mutually_exclusive_group()
    what.add_argument(
        "--shell",
        choices=["read-only", "typing"],
        default="read-only",
        help="see the terminal of the notebook that was typed in last; or type in it, too",
    )
    what.add_argument("--desktop", action="store_true", help="see the desktop")
    invite.add_argument(
        "--key",
        action="append",
        metavar="KEY",
        help="github:NAME, gitlab:NAME, a public key or a file with one; without it, a password "
        "that is valid for one sign-in is made. It can be given several times.",
    )
    invite.add_argument(
        "--minutes", type=int, default=MINUTES, help=f"how long (default: {MINUTES})"
    )
    invite.add_argument("--json", action="store_true", help="print one JSON object")
    invite.set_defaults(run=_invite)

    listed = commands.add_parser("invitations", help="list the invitations that are open")
    listed.add_argument("--json", action="store_true", help="print one JSON array")
    listed.set_defaults(run=_list)

    revoke = commands.add_parser("revoke", help="end an invitation, by its name")
    revoke.add_argument("name")
    revoke.set_defaults(run=_revoke)


def _invite(chosen: argparse.Namespace) -> int:
    made = invitations.invite(
        sees="desktop" if chosen.desktop else "shell",
        typing=chosen.shell == "typing",
        key="\n".join(map(keys_given, chosen.key or [])),
        minutes=chosen.minutes,
    )
    ssh, details = made.ssh, codec.encode(made.details, reveal=True)
    if chosen.json:
        more = {"fingerprint": ssh.fingerprint, "known_hosts": ssh.known_hosts}
        print(json.dumps({**details, **more}, indent=2))
        return 0
    rows = [
        ("Send to the guest", details["command"]),
        ("Password", details["password"] or ""),
        ("Host key", ssh.fingerprint),
        ("VNC viewer", details["viewer_address"]),
        ("VNC password", details["viewer_password"] or ""),
    ]
    for title, value in rows:
        if value:
            say(f"{title + ':':<20}{value}")
    once = " The password is valid for one sign-in." if details["password"] else ""
    say(f"It ends after {chosen.minutes} min.{once}")
    say(f"End it: python -m colabwidget revoke {details['name']}")
    return 0


def described(each: Invitation) -> str:
    """Return an invitation in a few words."""
    does = "can type in a terminal" if each["typing"] else f"sees the {each['sees']}"
    does = does.replace("sees the shell", "sees a terminal")
    state = "is in" if each["present"] else "is not in"
    left = lasting(each["seconds"])
    return f"{each['name']} {does}, by {each['way']}, {state}, for another {left}"


def _list(chosen: argparse.Namespace) -> int:
    found = invitations.invitations()
    if chosen.json:
        print(json.dumps(found, indent=2))
        return 0
    for each in found:
        say(described(each))
    return 0


def _revoke(chosen: argparse.Namespace) -> int:
    invitations.revoke(chosen.name)
    return 0
