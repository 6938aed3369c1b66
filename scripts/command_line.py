"""Makes docs/reference/command-line.md of the command line's parser.

``python scripts/command_line.py`` writes it. A test keeps it equal to the parser.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from colabwidget.cli import make_parser  # noqa: E402

PAGE = Path("docs", "reference", "command-line.md")
HEADER = """\
# The command line

<!-- Made by `python scripts/command_line.py` from colabwidget/cli. -->

`colabwidget` and `python -m colabwidget` are one program. It uses the same backend as the widget:
what one of them opens, the other shows and closes. `colabwidget COMMAND --help` prints what stands
here.

| exit status | meaning |
| --- | --- |
| 0 | done |
| 1 | failed; stderr tells what happened, why and what to do, and with `--json` stdout as well |
| 2 | wrong usage |
| 130 | Ctrl-C; what the command had begun is undone |

On a terminal the step that runs has a line of its own, which is written anew as time passes;
elsewhere each step gets a line when it ends. Both go to stderr. Nothing of ours is in colour; the
help of Python 3.14 is, unless `NO_COLOR` is set.
"""


def page() -> str:
    """Return the page."""
    commands = _commands()
    sections = [
        _section(each.dest, str(each.help), commands.choices[each.dest])
        for each in commands._choices_actions
    ]
    return "\n".join([HEADER, *sections])


def _commands() -> argparse._SubParsersAction[argparse.ArgumentParser]:
    actions = make_parser()._actions
    return next(each for each in actions if isinstance(each, argparse._SubParsersAction))


def _section(name: str, summary: str, parser: argparse.ArgumentParser) -> str:
    shown = [
        each
        for each in parser._actions
        if each.help is not argparse.SUPPRESS and "--help" not in each.option_strings
    ]
    lines = [f"## {name}", "", f"{_sentence(summary)}.", ""]
    if shown:
        lines += ["| | |", "| --- | --- |", *map(_row, shown), ""]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    """Return a text with a capital, unless it begins with what is typed."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+ ", text) else text


def _row(action: argparse.Action) -> str:
    names = ", ".join(f"`{each}`" for each in action.option_strings)
    takes = action.nargs != 0 and not isinstance(action, argparse.BooleanOptionalAction)
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    value = metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    if not action.option_strings:
        names = f"`{value}`"
    elif takes:
        names = f"{names} `{value}`"
    help = (action.help or "").replace("%%", "%").replace("|", "\\|")
    return f"| {names.replace('|', chr(92) + '|')} | {_sentence(help)} |"


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page())
