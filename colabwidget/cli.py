"""The command line: ``python -m colabwidget connect|desktop|status|disconnect|log|report``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from colabwidget._version import __version__
from colabwidget.control import operations, ssh_config_file
from colabwidget.core import public_keys
from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.options import VNC_SERVERS, Options
from colabwidget.system.key_files import read_key_file
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.validation import parse_token


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 for success, 1 for a failure that was explained on stderr, 2 for wrong usage, 130 for
    Ctrl-C.
    """
    chosen = _parser().parse_args(arguments)
    try:
        result: int = chosen.run(chosen)
        return result
    except ColabWidgetError as error:
        info = error.info
        if getattr(chosen, "json", False):
            print(json.dumps({"phase": "failed", "error": info}, indent=2))
        _explain(info)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough; nothing may be written at exit either.
        sys.stdout = None
        return 0


class _Parser(argparse.ArgumentParser):
    """One that can say more at the end of its help, found when somebody reads it."""

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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m colabwidget",
        description="SSH and a desktop on the machine behind a notebook.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    connect = commands.add_parser("connect", help="open SSH and print how to sign in")
    connect.more = _tunnels
    connect.add_argument("--tunnel", default="ngrok", metavar="NAME", help="see below")
    connect.add_argument("--region", default="", help="the tunnel's region (default: nearest)")
    connect.add_argument("--no-ssh", action="store_true", help="do not open SSH")
    connect.add_argument("--desktop", action="store_true", help="open a desktop")
    connect.add_argument("--user", default="colab", help="account to sign in to")
    connect.add_argument(
        "--public-key",
        action="append",
        default=[],
        metavar="KEY",
        help="sign in with this key, not a password: a file of keys, a line of one, github:NAME or "
        "gitlab:NAME; may be given again",
    )
    connect.add_argument(
        "--token-stdin", action="store_true", help="read ngrok's authtoken from standard input"
    )
    connect.add_argument(
        "--token-secret",
        default="",
        metavar="NAME",
        help="read it from the secret of that name, or the environment variable",
    )
    connect.add_argument(
        "--address", default="", help="for --tunnel direct: the address to listen on"
    )
    connect.add_argument("--server", default="", help="for --tunnel relay: user@host:port")
    connect.add_argument(
        "--server-key", default="", metavar="SHA256:...", help="fingerprint of its host key"
    )
    connect.add_argument(
        "--identity", default="", metavar="FILE", help="private key that it takes (default: made)"
    )
    connect.add_argument(
        "--mount-gdrive-to", default="", metavar="FOLDER", help="where Google Drive appears"
    )
    connect.add_argument(
        "--mount-gdrive-from", default="", metavar="FOLDER", help="which folder of the drive"
    )
    _add_desktop_options(connect)
    connect.add_argument(
        "--write-config", type=Path, metavar="FILE", help="write the ssh config block to a file"
    )
    connect.add_argument("--json", action="store_true", help="print one JSON object")
    connect.set_defaults(run=_connect)

    desktop = commands.add_parser("desktop", help="add a desktop to the connection, or remove it")
    desktop.add_argument("switch", choices=["on", "off"])
    _add_desktop_options(desktop)
    desktop.add_argument("--json", action="store_true", help="print one JSON object")
    desktop.set_defaults(run=_desktop)

    status = commands.add_parser("status", help="say what is open")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.add_argument(
        "--ways", action="store_true", help="print other ways in: editors, copying, PuTTY"
    )
    status.set_defaults(run=_status)

    disconnect = commands.add_parser("disconnect", help="close everything")
    disconnect.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    disconnect.set_defaults(run=_disconnect)

    log = commands.add_parser("log", help="print the log")
    log.add_argument("-f", "--follow", action="store_true", help="go on as lines come")
    log.set_defaults(run=_log)

    report = commands.add_parser("report", help="print what a bug report needs, free of secrets")
    report.set_defaults(run=_report)
    return parser


def _add_desktop_options(parser: argparse.ArgumentParser) -> None:
    preset = Options()
    parser.add_argument(
        "--geometry",
        default=preset.geometry,
        metavar="WIDTHxHEIGHT",
        help=f"the desktop's first size (default: {preset.geometry})",
    )
    parser.add_argument(
        "--depth", type=int, default=preset.depth, help="its bits a pixel, 16 or 24 (default: 24)"
    )
    parser.add_argument(
        "--vnc", default=preset.vnc, help=f"{', '.join(VNC_SERVERS)} (default: {preset.vnc})"
    )


def _connect(chosen: argparse.Namespace) -> int:
    options = validation.checked(
        Options(
            tunnel=chosen.tunnel,
            region=chosen.region,
            ssh=not chosen.no_ssh,
            desktop=chosen.desktop,
            user=chosen.user,
            public_key="\n".join(map(_keys, chosen.public_key)),
            address=chosen.address,
            server=chosen.server,
            server_key=chosen.server_key,
            identity=chosen.identity,
            mount_gdrive_to=chosen.mount_gdrive_to,
            mount_gdrive_from=chosen.mount_gdrive_from,
            geometry=chosen.geometry,
            depth=chosen.depth,
            vnc=chosen.vnc,
        )
    )
    if chosen.write_config:
        ssh_config_file.check(chosen.write_config)
    token = _token_from_stdin(options.tunnel) if chosen.token_stdin else ""
    connection = operations.open_connection(options, token, token_secret=chosen.token_secret)
    _tell(connection, chosen)
    if chosen.write_config and connection.ssh:
        ssh_config_file.write(chosen.write_config, connection.ssh.config)
        print(f"The ssh config block is in {chosen.write_config}", file=sys.stderr)
    if connection.desktop_error:
        # SSH is open all the same, and what was printed tells how to use it.
        _explain(connection.desktop_error)
        return 1
    return 0


def _desktop(chosen: argparse.Namespace) -> int:
    on = chosen.switch == "on"
    _tell(operations.set_desktop(on, chosen.geometry, chosen.depth, chosen.vnc), chosen)
    return 0


def _tell(connection: operations.Connection, chosen: argparse.Namespace) -> None:
    if chosen.json:
        print(json.dumps(connection.as_dict(), indent=2))
    else:
        _print_details(connection.as_dict())


def _explain(info: ErrorInfo) -> None:
    for line in (info["title"], info["cause"], info["remedy"], info["copy"], info["link"]):
        if line:
            print(line, file=sys.stderr)
    for offer in info["offers"]:
        words = [f"--{name.replace('_', '-')} {value}" for name, value in offer["options"].items()]
        print(f"{offer['title']}: {' '.join(words)}", file=sys.stderr)


def _keys(given: str) -> str:
    """Return the keys that an argument gives; what is no key and nobody's name names a file."""
    if public_keys.is_inline(given):
        return given
    return "\n".join(read_key_file(Path(given)))


def _token_from_stdin(tunnel: str) -> str:
    # Taken out of it here already: nothing at all must not mean that it is asked for.
    return parse_token(sys.stdin.read(4096), registry.find(tunnel)).reveal()


def _status(chosen: argparse.Namespace) -> int:
    found = operations.status()
    if chosen.json:
        names = ("phase", "tunnel", "ssh", "desktop", "error", "desktop_error")
        print(json.dumps({name: found[name] for name in names}, indent=2))
        return 0
    print(f"Phase: {found['phase']}")
    for step in found["steps"]:
        print(f"  {step['title']}: {step['status']} {step['detail']}".rstrip())
    for error in filter(None, (found["error"], found["desktop_error"])):
        print(f"{error['title']} {error['cause']} {error['remedy']}")
    if found["kept"]:
        print("What runs on this machine is kept: connect goes on with it, disconnect ends it.")
    if found["ssh"]:
        _print_details(found)
        if chosen.ways:
            _print_ways(found["ssh"])
    return 0


def _disconnect(chosen: argparse.Namespace) -> int:
    operations.disconnect()
    print("Disconnected.", file=sys.stderr)
    return 0


def _log(chosen: argparse.Namespace) -> int:
    operations.journal(lambda line: print(line, flush=chosen.follow), follow=chosen.follow)
    return 0


def _report(chosen: argparse.Namespace) -> int:
    print(operations.report(), end="")
    return 0


def _print_ways(ssh: dict[str, Any]) -> None:
    print(f"\nFor ~/.ssh/config:\n{ssh['config']}\nFor ~/.ssh/known_hosts:\n{ssh['known_hosts']}")
    for tool in ssh["tools"]:
        print(f"\n{tool['title']}:")
        for line in filter(None, (tool["text"], tool["url"], tool["note"])):
            print(f"  {line}")


def _print_details(details: dict[str, Any]) -> None:
    ssh = details["ssh"]
    needs = ssh["client"] or {"ways": []}
    rows = [
        *(("Needs", f"{way['value']}  ({way['title']})") for way in needs["ways"]),
        ("SSH command", ssh["command"]),
        ("Password", ssh.get("password") or ""),
        ("Host key", ssh["fingerprint"] + (" (verified)" if ssh["verified"] else "")),
        ("Lands in", ssh["folder"]),
        ("VS Code", ssh["vscode_url"]),
    ]
    if desktop := details["desktop"]:
        rows += [
            ("Desktop", f"1. {desktop['forward_command']}"),
            ("", f"2. open {desktop['viewer_address']} in a VNC viewer"),
            ("VNC password", desktop.get("password") or ""),
            ("View-only", desktop.get("view_only_password") or ""),
            ("VNC server", desktop["server"]),
            ("OpenGL", desktop["renderer"]),
        ]
    for name, value in rows:
        if value:
            print(f"{name + ':' if name else '':<14}{value}")
