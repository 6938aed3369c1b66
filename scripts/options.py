"""Makes what follows from the table of options in colabwidget/core/options.py.

``python scripts/options.py`` writes the parameters and traits between the marks in the
sources, the sections on parameters of their docstrings, and docs/reference/options.md. A test
keeps all of it equal to the table.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from colabwidget.core.option import ACCESS, DESKTOP, OPEN, TOKEN, TUNNEL, Option  # noqa: E402
from colabwidget.core.options import OPTIONS, TOKEN_GIVEN, TOKEN_SECRET  # noqa: E402
from colabwidget.core.settings import SETTINGS  # noqa: E402
from colabwidget.tunnels.registry import ORDER, option_help  # noqa: E402

PAGE = Path("docs", "reference", "options.md")
SOURCES = [
    Path("colabwidget", *parts)
    for parts in (
        ("api.py",),
        ("control", "operations.py"),
        ("widgets", "connect.py"),
        ("widgets", "desktop.py"),
        ("widgets", "option_traits.py"),
    )
]
WIDTH = 100
PROGRESS = Option(
    "progress",
    "",
    "",
    "Where progress is written; unless given, a cell's output, elsewhere ``sys.stderr``.",
)
AUTO_CONNECT = Option(
    "auto_connect",
    False,
    "",
    "Whether the widget connects without a click when it is first shown, unless a session is open "
    "already.",
)
#: A desktop in a cell is as wide as a cell.
IN_A_CELL = {"geometry": "1280x800"}


def everything() -> list[Option]:
    """Return all options in the order of `connect`: the token comes after what is opened."""
    options = [*OPTIONS.values()]
    first = sum(each.scope in (TUNNEL, OPEN) for each in options[:4])
    return [*options[:first], TOKEN_GIVEN, TOKEN_SECRET, *options[first:]]


def of_the_desktop() -> list[Option]:
    """Return what `set_desktop` and `Desktop` take."""
    return [each for each in OPTIONS.values() if each.scope == DESKTOP]


def of_the_widget() -> list[Option]:
    """Return what `ConnectWidget` takes: a cell must not hold a token."""
    return [each for each in everything() if each is not TOKEN_GIVEN]


def parameters(options: Iterable[Option], tunnel: str = "str") -> list[str]:
    """Return the lines of a list of parameters."""
    return [
        f"{each.name}: {tunnel if each.name == 'tunnel' else type(each.default).__name__}"
        f" = {quoted(each.default)},"
        for each in options
    ]


def with_names_only(lines: list[str]) -> list[str]:
    """Return parameters of which all but the first are given by name."""
    return [lines[0], "*,", *lines[1:]]


def traits() -> list[str]:
    """Return the declarations of the widget's traits."""
    kinds = {str: "traitlets.Unicode", bool: "traitlets.Bool", int: "traitlets.Int"}
    lines = []
    for each in of_the_widget():
        if not each.trait:
            continue
        kind = "TunnelName" if each.name == "tunnel" else kinds[type(each.default)]
        lines += [f"{each.name} = {kind}(", f"    {quoted(each.default)},"]
        help = textwrap.wrap(option_help(each).replace("``", ""), WIDTH - 18, drop_whitespace=False)
        lines.append(f"    help={quoted(help[0])}")
        lines += [f"    {quoted(part)}" for part in help[1:]]
        lines[-1] += ","
        lines.append(").tag(sync=True)")
    return lines


def quoted(value: object) -> str:
    """Return a value as the formatter writes it."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


REGIONS: dict[str, Callable[[], list[str]]] = {
    "connect parameters": lambda: parameters(everything()),
    "connect parameters, with None": lambda: parameters(everything(), "str | None"),
    "desktop parameters": lambda: parameters(of_the_desktop()),
    "desktop parameters, in a cell": lambda: parameters(
        each._replace(default=IN_A_CELL.get(each.name, each.default)) for each in of_the_desktop()
    ),
    "widget parameters": lambda: with_names_only(parameters(of_the_widget(), "str | None")),
    "widget traits": traits,
}
#: Docstrings whose section on parameters is made: each by its first line, with its options.
DOCSTRINGS: dict[str, Callable[[], list[Option]]] = {
    "Open SSH into this machine, and a desktop": lambda: [*everything(), PROGRESS],
    "A form in a notebook cell that opens SSH": lambda: [*of_the_widget(), AUTO_CONNECT],
    "A desktop on this machine, in the notebook's cell": of_the_desktop,
}
_REGION = re.compile(r"( *)# <made by scripts/options\.py: ([^>]+)>\n.*?# </made>\n", re.S)


def source(text: str) -> str:
    """Return a source with everything in it that is made."""
    text = _REGION.sub(_region, text)
    for first, options in DOCSTRINGS.items():
        head = rf'( *)(?:[a-z ]*)"""{re.escape(first)}.*?\n\1Parameters\n\1-+\n'
        section = re.compile(rf"{head}(.*?)(?=\n\1\S+\n\1---)", re.S)
        text = section.sub(lambda found, options=options: _section(found, options()), text)  # type: ignore[misc]
    return text


def _region(found: re.Match[str]) -> str:
    space, name = found.groups()
    lines = textwrap.indent("\n".join(REGIONS[name]()), space)
    return f"{space}# <made by scripts/options.py: {name}>\n{lines}\n{space}# </made>\n"


def _section(found: re.Match[str], options: list[Option]) -> str:
    space = found.group(1)
    lines = []
    for each in options:
        lines.append(f"{space}{each.name} : {kind_of(each)}")
        indent = f"{space}    "
        lines += textwrap.wrap(
            described(each), WIDTH, initial_indent=indent, subsequent_indent=indent
        )
    whole = found.group()
    return whole[: found.start(2) - found.start()] + "\n".join(lines) + "\n"


def kind_of(each: Option) -> str:
    """Return an option's type for a docstring."""
    if each is PROGRESS:
        return "TextIO"
    return "str or None" if each.name == "tunnel" else type(each.default).__name__


def described(each: Option) -> str:
    """Return an option's sentence, and its values where they are few."""
    listed = ", ".join(f"``{choice}``" for choice in each.choices)
    if each.name == "tunnel":
        listed = ", ".join(f"``{name}``" for name in ORDER) + ", or one of another package"
    return option_help(each) + (f" Values: {listed}." if listed else "")


HEADER = """\
# Options

<!-- Made by `python scripts/options.py` from colabwidget/core/options.py and settings.py. -->

`colabwidget.connect()`, `colabwidget.ConnectWidget()` and `python -m colabwidget connect` have the
same options.
`set_desktop()`, `Desktop()` and `python -m colabwidget desktop on` have those of the desktop.
"""
SCOPES = {
    OPEN: "What is opened",
    TUNNEL: "The tunnel",
    TOKEN: "The tunnel's token",
    ACCESS: "The account",
    DESKTOP: "The desktop",
}
VARIABLES = """\
## Environment variables

For administrators, and read when the backend starts or needs them. They are set before the kernel
starts, and the backend inherits them.

| variable | default | |
| --- | --- | --- |
"""


def page() -> str:
    """Return docs/reference/options.md."""
    parts = [HEADER]
    for scope, title in SCOPES.items():
        parts.append(f"## {title}\n")
        parts.append("| parameter | command line | default | |\n| --- | --- | --- | --- |")
        parts += [_row(each) for each in everything() if each.scope == scope]
        parts.append("")
    rows = [
        f"| `{each.name}` | {f'`{each.default}`' if each.default != '' else ''} | {each.help} |"
        for each in SETTINGS
    ]
    return "\n".join([*parts, VARIABLES + "\n".join(rows)]) + "\n"


def _row(each: Option) -> str:
    flag = "--token-stdin" if each is TOKEN_GIVEN else f"--{each.name.replace('_', '-')}"
    if isinstance(each.default, bool):
        flag += f"`, `--no-{each.name.replace('_', '-')}"
    default = "" if each.default == "" else f"`{each.default}`"
    return f"| `{each.name}` | `{flag}` | {default} | {described(each).replace('``', '`')} |"


def made() -> dict[Path, str]:
    """Return the files that the table makes, by their place in the repository."""
    texts = {path: source((ROOT / path).read_text()) for path in SOURCES}
    return {**texts, PAGE: page()}


if __name__ == "__main__":
    for path, text in made().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text)
