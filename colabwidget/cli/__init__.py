"""The command line, ``python -m colabwidget``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from colabwidget._version import __version__
from colabwidget.attach import cli as attach_here
from colabwidget.cli import completion, invitations
from colabwidget.cli.words import explain, keys_given, lasting, say
from colabwidget.control import operations, presence, ssh_config_file
from colabwidget.control.detail_rows import detail_rows
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.option import Option
from colabwidget.core.options import (
    DESKTOP_OPTIONS,
    OPTIONS,
    TOKEN_SECRET,
    Options,
)
from colabwidget.core.presence import Presence
from colabwidget.core.printable import without_colours
from colabwidget.through import cli as through_server
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.validation import parse_token


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 for success, 1 for a failure that was explained on stderr, 2 for wrong usage, 130 for
    Ctrl-C.
    """
    parser = make_parser()
    completion.complete(parser)
    chosen = parser.parse_args(arguments)
    try:
        result: int = chosen.run(chosen)
        return result
    except ColabWidgetError as error:
        info = error.info
        if getattr(chosen, "json", False):
            print(json.dumps({"phase": "failed", "error": info}, indent=2))
        explain(info)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has enough; nothing may be written at exit either.
        sys.stdout = None
        return 0


class _Parser(argparse.ArgumentParser):
    """A parser whose help can end with more, found only when the help is printed."""

    more: Callable[[], str] | None = None

    def format_help(self) -> str:
        if self.more:
            self.epilog = self.more()
        return super().format_help()


def _tunnels() -> str:
    """Name all tunnels, those of other packages among them."""
    names = f"Tunnels: {', '.join(registry.known())}."
    return " ".join(
        [names, *(f"{name} cannot be used: {why}." for name, why in registry.unusable().items())]
    )


_EXAMPLES = """\
examples:
  {prog} connect                             asks for ngrok's authtoken
  {prog} connect --tunnel cloudflare         needs no account
  {prog} connect --desktop --public-key github:octocat
  {prog} connect --token-stdin < token.txt   for scripts; --json for programs
  {prog} status --show-passwords
  {prog} disconnect

exit status: 0 done; 1 failed, with the reason on stderr; 2 wrong usage; 130 Ctrl-C
"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each has the function that carries it out as ``run``."""
    by_module = Path(sys.argv[0]).name == "__main__.py"
    prog = "python -m colabwidget" if by_module else "colabwidget"
    parser = _Parser(
        prog=prog,
        description="Open a terminal, VS Code or a Linux desktop on your notebook's machine.",
        epilog=_EXAMPLES.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"colabwidget {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    connect = commands.add_parser("connect", help="open SSH and print how to sign in")
    connect.more = _tunnels
    _add_options(connect, OPTIONS.values())
    connect.add_argument(
        "--token-stdin", action="store_true", help="read the tunnel's token from standard input"
    )
    _add_options(connect, [TOKEN_SECRET])
    connect.add_argument(
        "--write-config", type=Path, metavar="FILE", help="write the ssh config block to a file"
    )
    connect.add_argument("--json", action="store_true", help="print one JSON object")
    connect.set_defaults(run=_connect)

    desktop = commands.add_parser("desktop", help="add a desktop to the connection, or remove it")
    desktop.add_argument("switch", choices=["on", "off"], help="whether the session has one")
    _add_options(desktop, map(OPTIONS.__getitem__, DESKTOP_OPTIONS))
    desktop.add_argument("--json", action="store_true", help="print one JSON object")
    desktop.set_defaults(run=_desktop)

    status = commands.add_parser("status", help="say what is open")
    status.add_argument(
        "--show-passwords", action="store_true", help="print the passwords of the session, too"
    )
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.add_argument(
        "--ways", action="store_true", help="print more apps: editors, copying, PuTTY"
    )
    status.set_defaults(run=_status)

    through = commands.add_parser(
        "through", help="on your computer: ssh through the notebook's own server", add_help=False
    )
    through.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    through.set_defaults(run=lambda chosen: through_server.main(chosen.words))

    attach = commands.add_parser(
        "attach", help="on your computer: a name for the machine, for every ssh", add_help=False
    )
    attach.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    attach.set_defaults(run=lambda chosen: attach_here.main(chosen.words))

    disconnect = commands.add_parser("disconnect", help="close everything")
    disconnect.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    disconnect.set_defaults(run=_disconnect)

    end = commands.add_parser("end", help="end a client's connection, by its name in status")
    end.add_argument("name", help="as status prints it")
    end.set_defaults(run=_end)

    change = commands.add_parser("new-passwords", help="replace the passwords by new ones")
    change.add_argument("--end", action="store_true", help="end SSH connections that are open")
    change.set_defaults(run=_new_passwords)

    keep = commands.add_parser("keep-open", help="begin the time until it closes by itself anew")
    keep.add_argument("--for-good", action="store_true", help="do not close by itself any more")
    keep.set_defaults(run=_keep_open)

    invitations.add_to(commands)

    log = commands.add_parser("log", help="print the log")
    log.add_argument("-f", "--follow", action="store_true", help="go on as lines come")
    log.set_defaults(run=_log)

    completion.add_to(commands)

    report = commands.add_parser("report", help="print what a bug report needs, free of secrets")
    report.set_defaults(run=_report)
    return parser


def _add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Add arguments for options; one that is not given is ``None``."""
    for each in options:
        flag, kind = f"--{each.name.replace('_', '-')}", type(each.default)
        help = registry.option_help(each).replace("``", "").replace("%", "%%")
        if each.choices:
            # Not as argparse's choices: another value is explained like everywhere.
            help = f"{help} One of {', '.join(map(str, each.choices))}."
        if each.default != "":
            words = {"True": "yes", "False": "no"}
            help = f"{help} (default: {words.get(str(each.default), each.default)})"
        more: dict[str, Any] = {"type": kind, "metavar": each.metavar or None}
        if kind is bool:
            more = {"action": argparse.BooleanOptionalAction}
        elif each.name == "public_key":
            more = {"action": "append", "metavar": each.metavar}
            help = f"{help} It can be given several times."
        parser.add_argument(flag, help=help, **more)


def _given(chosen: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """Return the options of these names that are on the command line."""
    found = {name: getattr(chosen, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _connect(chosen: argparse.Namespace) -> int:
    given = _given(chosen, OPTIONS)
    if "public_key" in given:
        given["public_key"] = "\n".join(map(keys_given, given["public_key"]))
    options = validation.checked(Options(**given))
    if chosen.write_config:
        ssh_config_file.check(chosen.write_config)
    token = _token_from_stdin(options.tunnel) if chosen.token_stdin else ""
    connection = operations.open_connection(options, token, token_secret=chosen.token_secret or "")
    _tell(connection, chosen)
    if chosen.write_config and connection.ssh:
        ssh_config_file.write(chosen.write_config, connection.ssh.config)
        print(f"The ssh config block is in {chosen.write_config}", file=sys.stderr)
    if connection.desktop_error:
        # SSH is open all the same, and what was printed tells how to use it.
        explain(connection.desktop_error)
        return 1
    return 0


def _desktop(chosen: argparse.Namespace) -> int:
    on = chosen.switch == "on"
    _tell(operations.set_desktop(on, **_given(chosen, DESKTOP_OPTIONS)), chosen)
    return 0


def _tell(connection: operations.Connection, chosen: argparse.Namespace) -> None:
    if chosen.json:
        print(json.dumps(connection.as_dict(), indent=2))
    else:
        _print_details(connection.as_dict())


def _token_from_stdin(tunnel: str) -> str:
    # Taken out of it here already: nothing at all must not mean that it is asked for.
    return parse_token(sys.stdin.read(4096), registry.find(tunnel)).reveal()


def _status(chosen: argparse.Namespace) -> int:
    found = operations.status()
    if chosen.show_passwords and found["ssh"] and (now := operations.open_now()):
        found = {**found, **now.as_dict()}
    if chosen.json:
        names = ["phase", "tunnel", "ssh", "desktop", "error", "desktop_error", "use"]
        names += ["present", "closing", "invitations"]
        print(json.dumps({name: found[name] for name in names}, indent=2))
        return 0
    print(f"Phase: {found['phase']}")
    for step in found["steps"]:
        say(f"  {step['title']}: {step['status']} {step['detail']}".rstrip())
    for error in filter(None, (found["error"], found["desktop_error"])):
        say(f"{error['title']} {error['cause']} {error['remedy']}")
    if found["kept"]:
        print("What runs on this machine is kept: connect goes on with it, disconnect ends it.")
    if found["use"]:
        print(f"Through the tunnel in this session: {_used(found['use'])}.")
    for each in found["present"]:
        say(f"In: {_present(each)}  (end it: python -m colabwidget end {each['name']})")
    for invited in found["invitations"]:
        say(f"Invited: {invitations.described(invited)}")
    if closing := found["closing"]:
        why = "if no client signs in" if closing["reason"] == "idle" else "when its time is over"
        say(f"It closes by itself in {lasting(closing['seconds'])}, {why}.")
    if found["ssh"]:
        _print_details(found)
        if not chosen.show_passwords:
            print("The passwords are not shown: status --show-passwords prints them.")
        if chosen.ways:
            _print_ways(found["ssh"])
    return 0


def _present(each: Presence) -> str:
    """Return what is in, in a few words."""
    where = f"from {each['address']}" if each["address"] else "through the tunnel"
    words = {
        "ssh": f"SSH {where}",
        "terminal": "terminal in a cell",
        "desktop": "desktop in a cell",
    }
    idle = each["idle"] or 0.0
    parts = [
        f"guest {each['guest']}" if each["guest"] else "",
        words[each["kind"]],
        f"for {lasting(each['seconds'])}",
        f"idle {lasting(idle)}" if idle >= 60 else "",
        f"silent for {lasting(each['silent'])}" if each["silent"] else "",
        f"by {each['way']}" if each["way"] else "",
    ]
    return ", ".join(filter(None, parts))


def _end(chosen: argparse.Namespace) -> int:
    presence.end_presence(chosen.name)
    return 0


def _new_passwords(chosen: argparse.Namespace) -> int:
    _print_details(presence.change_passwords(end=chosen.end).as_dict(reveal=True))
    return 0


def _keep_open(chosen: argparse.Namespace) -> int:
    presence.keep_open(for_good=chosen.for_good)
    return 0


def _used(use: dict[str, Any]) -> str:
    """Return what has come through the tunnel, in a few words."""
    number = use["connections"]
    words = f"{number:,} connection{'s' if number != 1 else ''}"
    return words if use["bytes"] is None else f"{words}, {use['bytes'] / 1e6:,.1f} MB"


def _disconnect(chosen: argparse.Namespace) -> int:
    was_open = operations.disconnect()
    print("Disconnected." if was_open else "Nothing was open.", file=sys.stderr)
    return 0


def _log(chosen: argparse.Namespace) -> int:
    def write(line: str) -> None:
        print(without_colours(line), flush=chosen.follow)

    operations.journal(write, follow=chosen.follow)
    return 0


def _report(chosen: argparse.Namespace) -> int:
    print(operations.report(), end="")
    return 0


def _print_ways(ssh: dict[str, Any]) -> None:
    say(f"\nFor ~/.ssh/config:\n{ssh['config']}\nFor ~/.ssh/known_hosts:\n{ssh['known_hosts']}")
    for tool in ssh["tools"]:
        say(f"\n{tool['title']}:")
        for line in filter(None, (tool["text"], tool["url"], tool["note"])):
            say(f"  {line}")


def _print_details(details: dict[str, Any]) -> None:
    rows = detail_rows(details)
    width = max((len(row.label) for row in rows), default=0) + len(":  ")
    for row in rows:
        label = f"{row.label}:" if row.label else ""
        say(f"{label:<{width}}{row.before}{row.text}{row.after}")
