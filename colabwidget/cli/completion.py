"""The command ``completion``, and what a shell asks for while a command line is typed.

argcomplete does both. It is optional: without it everything but completion works.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

from colabwidget.core.errors import ColabWidgetError

_SHELLS = ("bash", "zsh", "fish")
#: The program that is completed; ``python -m colabwidget`` is not.
_PROGRAM = "colabwidget"


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks how a command line goes on, and end; else do nothing."""
    if "_ARGCOMPLETE" in os.environ:  # argcomplete's own sign
        import argcomplete

        argcomplete.autocomplete(parser)


def add_to(commands: Any) -> None:
    """Add the command to the parser's."""
    command = commands.add_parser(
        "completion",
        help="print what makes a shell complete commands and options",
        description='For bash and zsh: eval "$(colabwidget completion bash)". For fish: '
        "colabwidget completion fish | source. It takes the package argcomplete.",
    )
    command.add_argument("shell", choices=_SHELLS)
    command.set_defaults(run=_print)


def _print(chosen: argparse.Namespace) -> int:
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError:
        raise ColabWidgetError("completion_missing") from None
    print(shellcode([_PROGRAM], shell=chosen.shell), end="")
    return 0
