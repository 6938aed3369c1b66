"""The command line: ``python -m colabwidget connect|status|disconnect|log``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from colabwidget import __version__, api
from colabwidget.errors import ColabWidgetError
from colabwidget.options import PROVIDERS


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
        for line in (info["title"], info["cause"], info["remedy"], info["link"]):
            if line:
                print(line, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough; nothing may be written at exit either.
        sys.stdout = None
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m colabwidget", description="SSH into the machine behind a notebook."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    connect = commands.add_parser("connect", help="open SSH and print how to sign in")
    connect.add_argument("--tunnel", choices=sorted(PROVIDERS), default="ngrok")
    connect.add_argument("--region", default="", help="the tunnel's region (default: nearest)")
    connect.add_argument("--no-ssh", action="store_true", help="do not open SSH")
    connect.add_argument("--desktop", action="store_true", help="open a desktop")
    connect.add_argument("--user", default="colab", help="account to sign in to")
    connect.add_argument(
        "--public-key", type=Path, metavar="FILE", help="sign in with this key, not a password"
    )
    connect.add_argument(
        "--token-stdin", action="store_true", help="read ngrok's authtoken from standard input"
    )
    connect.add_argument(
        "--address", default="", help="for --tunnel direct: the address to listen on"
    )
    connect.add_argument("--json", action="store_true", help="print one JSON object")
    connect.set_defaults(run=_connect)

    status = commands.add_parser("status", help="say what is open")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(run=_status)

    disconnect = commands.add_parser("disconnect", help="close everything")
    disconnect.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    disconnect.set_defaults(run=_disconnect)

    log = commands.add_parser("log", help="print the log")
    log.add_argument("-f", "--follow", action="store_true", help="go on as lines come")
    log.set_defaults(run=_log)
    return parser


def _connect(chosen: argparse.Namespace) -> int:
    public_key = ""
    if chosen.public_key:
        public_key = _key_file(chosen.public_key)
    connection = api.connect(
        tunnel=chosen.tunnel,
        region=chosen.region,
        ssh=not chosen.no_ssh,
        desktop=chosen.desktop,
        user=chosen.user,
        public_key=public_key,
        address=chosen.address,
        token=_token_from_stdin() if chosen.token_stdin else "",
    )
    if chosen.json:
        print(json.dumps(connection.as_dict(), indent=2))
    else:
        _print_details(connection.as_dict())
    return 0


def _key_file(path: Path) -> str:
    try:
        text = path.read_text()
        reason = "" if text.strip() else "It is empty"
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "It is not a text file"
    if reason:
        raise ColabWidgetError("public_key_broken", reason=f"{path} cannot be used: {reason}.")
    return text


def _token_from_stdin() -> str:
    token = sys.stdin.read(4096)
    if not token.strip():
        raise ColabWidgetError("token_missing")
    return token


def _status(chosen: argparse.Namespace) -> int:
    found = api.status()
    if chosen.json:
        print(json.dumps({name: found[name] for name in ("phase", "tunnel", "ssh")}, indent=2))
        return 0
    print(f"Phase: {found['phase']}")
    for step in found["steps"]:
        print(f"  {step['title']}: {step['status']} {step['detail']}".rstrip())
    if found["error"]:
        print(f"{found['error']['title']} {found['error']['cause']} {found['error']['remedy']}")
    if found["ssh"]:
        _print_details(found)
    return 0


def _disconnect(chosen: argparse.Namespace) -> int:
    api.disconnect()
    print("Disconnected.", file=sys.stderr)
    return 0


def _log(chosen: argparse.Namespace) -> int:
    api.journal(lambda line: print(line, flush=chosen.follow), follow=chosen.follow)
    return 0


def _print_details(details: dict[str, Any]) -> None:
    ssh = details["ssh"]
    rows = [
        ("SSH command", ssh["command"]),
        ("Password", ssh.get("password") or ""),
        ("Host key", ssh["fingerprint"] + (" (verified)" if ssh["verified"] else "")),
        ("VS Code", ssh["vscode_url"]),
    ]
    for name, value in rows:
        if value:
            print(f"{name + ':':<13}{value}")


if __name__ == "__main__":
    sys.exit(main())
