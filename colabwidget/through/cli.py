"""The commands of ``colabwidget through``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from colabwidget.through.faults import Fault

if TYPE_CHECKING:
    import argparse

    from colabwidget.through.client import Client
    from colabwidget.through.pair import Pasted
    from colabwidget.through.profiles import Profile, Profiles

TOKEN_VARIABLE = "COLABWIDGET_SERVER_TOKEN"
_RESUME = 600


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 failed with the reason on stderr."""
    given = sys.argv[1:] if arguments is None else [*arguments]
    try:
        if len(given) == 2 and given[0] == "connect" and not given[1].startswith("-"):
            return _carry(given[1])  # as ssh starts it each time, without argparse
        chosen = make_parser().parse_args(given)
        status: int = chosen.run(chosen)
        return status
    except Fault as fault:
        print(f"colabwidget: {fault}", file=sys.stderr)
        return 1
    except ModuleNotFoundError:
        if not (given and given[0] in ("shell", "put", "get", "pair", "bridge")):
            raise
        print("colabwidget: This file has ssh's part only: install the wheel.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="colabwidget through",
        description="ssh through a notebook's own server: no tunnel, no account.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    pair = commands.add_parser("pair", help="pair this computer with a notebook's machine")
    pair.add_argument("--name", default="", help="what ssh calls it (colabwidget unless given)")
    pair.add_argument(
        "--way", default="", help="how to go through the server, for all that follows"
    )
    pair.add_argument(
        "--insecure", action="store_true", help="take on a server without TLS, in your own network"
    )
    pair.add_argument("--cafile", default="", metavar="FILE", help="trust these certificates too")
    pair.add_argument(
        "--tmux", action="store_true", help="ssh NAME comes back to the shell that it left"
    )
    pair.add_argument(
        "--vscode", action="store_true", help="have the machine fetch VS Code's server meanwhile"
    )
    pair.set_defaults(run=_pair)

    connect = commands.add_parser("connect", help="carry one session; ssh starts this by itself")
    connect.add_argument("name")
    connect.add_argument("--way", default="")
    connect.add_argument(
        "--resume", type=int, default=_RESUME, metavar="SECONDS", help="how long to seek a lost way"
    )
    connect.set_defaults(run=_connect)

    shell = commands.add_parser("shell", help="a shell there, where there is no SSH server")
    shell.add_argument("name")
    shell.set_defaults(run=_shell)

    put = commands.add_parser("put", help="copy a file or folder there, without an SSH server")
    put.add_argument("source", metavar="FILE")
    put.add_argument("target", metavar="NAME:FOLDER")
    put.set_defaults(run=_put)

    get = commands.add_parser("get", help="copy a file, or a folder as a zip, from there")
    get.add_argument("source", metavar="NAME:FILE")
    get.add_argument("target", metavar="PLACE", nargs="?", default=".")
    get.set_defaults(run=_get)

    bridge = commands.add_parser("bridge", help="let a page of the notebook be the bridge again")
    bridge.add_argument("name")
    bridge.set_defaults(run=_bridge)

    names = commands.add_parser("list", help="say what this computer is paired with")
    names.set_defaults(run=_list)

    forget = commands.add_parser("forget", help="undo a pairing on this computer")
    forget.add_argument("name")
    forget.set_defaults(run=_forget)

    doctor = commands.add_parser("doctor", help="say what works and what does not")
    doctor.add_argument("name", nargs="?", default="")
    doctor.set_defaults(run=_doctor)
    return parser


def _pair(chosen: argparse.Namespace) -> int:
    import getpass
    from dataclasses import replace
    from pathlib import Path

    from colabwidget.through import bridged, editors, pair
    from colabwidget.through.address import Address
    from colabwidget.through.profiles import Profiles, check_name
    from colabwidget.through.ways.choice import NAMES

    if chosen.name:
        check_name(chosen.name)
    by_page = chosen.way == bridged.WAY
    if not by_page and chosen.way not in ("", *NAMES):
        raise Fault(f"There is no such way: {', '.join((*NAMES, bridged.WAY))} are there.")

    def ask(what: str, *, echo: bool = False) -> str:
        if not sys.stdin.isatty():
            return sys.stdin.readline().strip()
        return (input(what) if echo else getpass.getpass(what)).strip()

    pasted = pair.Pasted.parse(ask("Pairing string, from the card (it is not shown): "))
    if not pasted.url:
        where = ask("Address of the notebook, as your browser shows it: ", echo=True)
        address, token = Address.parse(where)
        pasted = replace(pasted, url=str(address), token=token or pasted.token)
    token = os.environ.get(TOKEN_VARIABLE) or pasted.token
    if not token and not by_page:
        page, permission = Address.parse(pasted.url)[0].token_page
        if page:
            print(f"Make a token of the hub first: {page}", file=sys.stderr)
            print(f"A day and the permission {permission} are enough.", file=sys.stderr)
        token = ask("Token of the notebook's server (it is not shown): ")
    commit, without = editors.vscode_commit() if chosen.vscode else ("", "")
    if without:
        print(without, file=sys.stderr)
    given = {
        "name": chosen.name,
        "insecure": chosen.insecure,
        "cafile": str(Path(chosen.cafile).absolute()) if chosen.cafile else "",
        "tmux": chosen.tmux,
        "commit": commit,
    }
    if by_page:
        return _pair_by_page(pasted, given)
    kept = pair.pair(Profiles(), replace(pasted, token=token), way=chosen.way, **given)
    _say_paired(kept)
    return 0


def _pair_by_page(pasted: Pasted, given: dict[str, Any]) -> int:
    from colabwidget.through import bridged, pair
    from colabwidget.through.address import Address
    from colabwidget.through.bridge import program
    from colabwidget.through.profiles import NAME, Profiles

    address, profiles = Address.parse(pasted.url)[0], Profiles()
    with program.standing(address) as bridge:
        name = given["name"] or NAME
        server = bridged.Bridged(bridge.port, bridge.token, address.place, name)
        kept = pair.pair(profiles, pasted, server=server, **given)
        _say_paired(kept)
        program.hold(profiles, kept.name, bridge)
    return 0


def _bridge(chosen: argparse.Namespace) -> int:
    from colabwidget.through.bridge import program
    from colabwidget.through.profiles import Profiles

    profiles = Profiles()
    profile = profiles.load(chosen.name)
    if not profile.page:
        raise Fault(f"{chosen.name} needs no bridge: it was paired without --way page.")
    with program.standing(profile.address) as bridge:
        program.hold(profiles, profile.name, bridge)
    return 0


def _say_paired(kept: Profile) -> None:
    if kept.machine.host_keys:
        print(f"Paired. From now on: ssh {kept.name}")
    else:
        print("Paired. There is no SSH server: no ssh, scp, VS Code or forwarded ports. Instead:")
        print(f"colabwidget through shell {kept.name}, through put, and through get.")


def _connect(chosen: argparse.Namespace) -> int:
    return _carry(chosen.name, chosen.way, chosen.resume)


def _carry(name: str, way: str = "", resume: int = _RESUME) -> int:
    """Carry one session between ssh and a paired machine."""
    from colabwidget.through import links
    from colabwidget.through.client import Client, Identity, SshEnded
    from colabwidget.through.ends import standard_ends
    from colabwidget.through.profiles import Profiles

    profiles = Profiles()
    profile = profiles.load(name)
    token = os.environ.get(TOKEN_VARIABLE) or profile.token
    identity = Identity(profile.client, profile.key)
    client = Client(
        lambda: links.link_of(profiles, profile, token, way),
        identity,
        standard_ends(),
        resume,
    )
    _stop_on_signals(client)
    try:
        client.run()
    except SshEnded:
        pass
    finally:
        client.leave()
    return 0


def _kept(name: str) -> tuple[Profiles, Profile, str]:
    from colabwidget.through.profiles import Profiles

    profiles = Profiles()
    profile = profiles.load(name)
    return profiles, profile, os.environ.get(TOKEN_VARIABLE) or profile.token


def _shell(chosen: argparse.Namespace) -> int:
    from colabwidget.through.without_ssh import shell

    return shell.run(*_kept(chosen.name))


def _put(chosen: argparse.Namespace) -> int:
    from pathlib import Path

    from colabwidget.through.without_ssh import files

    name, _, folder = chosen.target.partition(":")
    place, left_out = files.put(*_kept(name), Path(chosen.source), folder)
    for fault in left_out:
        print(f"colabwidget: {fault}", file=sys.stderr)
    if not left_out:
        print(place)
    return 1 if left_out else 0


def _get(chosen: argparse.Namespace) -> int:
    from pathlib import Path

    from colabwidget.through.without_ssh import files

    name, _, path = chosen.source.partition(":")
    print(files.get(*_kept(name), path, Path(chosen.target)))
    return 0


def _stop_on_signals(client: Client) -> None:
    """Have the other end told that ssh has ended: it hangs up on this program."""

    def stop(number: int, frame: FrameType | None) -> None:
        client.stopped = True

    signal.set_wakeup_fd(client.wakes.fileno())
    for name in ("SIGHUP", "SIGTERM", "SIGINT"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _list(chosen: argparse.Namespace) -> int:
    from colabwidget.through.profiles import Profiles

    profiles = Profiles()
    for each in profiles.all():
        print(f"{each.name}\t{each.machine.user}\t{each.url}")
    for name, at in profiles.attached():
        print(f"{name}\t{at.get('user')}\t{at.get('host')}:{at.get('port')}")
    return 0


def _forget(chosen: argparse.Namespace) -> int:
    from colabwidget.through import ssh_files
    from colabwidget.through.profiles import Profiles

    profiles = Profiles()
    if chosen.name not in profiles.names():
        raise Fault(f"This computer is not paired under the name {chosen.name}.")
    ssh_files.remove(profiles, chosen.name)
    print(f"{chosen.name} is forgotten on this computer.")
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from colabwidget.through import doctor
    from colabwidget.through.profiles import Profiles

    return doctor.report(Profiles(), chosen.name, os.environ.get(TOKEN_VARIABLE, ""))
