"""Makes docs/reference/python.md of the docstrings of the package's public names.

``python scripts/python_reference.py`` writes it. A test keeps it equal to the docstrings.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import colabwidget  # noqa: E402
from colabwidget.control.operations import Connection  # noqa: E402

PAGE = Path("docs", "reference", "python.md")
HEADER = """\
# Widgets and functions

<!-- Made by `python scripts/python_reference.py` from the docstrings. -->

`help(colabwidget.connect)` and its like show the same in Python. [Options](options.md) and
[messages](../troubleshooting.md) have pages of their own.
"""
#: In the order in which they are met.
WIDGETS = ("ConnectWidget", "Terminal", "Desktop")
FUNCTIONS = ("connect", "set_desktop", "status", "disconnect")
#: What is public to ipywidgets and to other modules, and of no use to a reader.
LEFT_OUT = {"set_state", "from_info", "hide"}
SECTION = re.compile(r"^(\w[\w ]*)\n-+\n", re.M)


def page() -> str:
    """Return the page."""
    names = [*WIDGETS, *FUNCTIONS, "Connection", "ColabWidgetError"]
    assert set(names) >= set(colabwidget.__all__) - {"__version__"}
    objects = {name: getattr(colabwidget, name, Connection) for name in names}
    return "\n".join([HEADER, *(_section(name, each) for name, each in objects.items())])


def _section(name: str, documented: Any) -> str:
    kind = "class" if inspect.isclass(documented) else "def"
    lines = [f"## {name}\n", f"```text\n{kind} colabwidget.{name}\n```\n", _body(documented)]
    if inspect.isclass(documented):
        for member, value in vars(documented).items():
            text = inspect.getdoc(value)
            if member.startswith("_") or member in LEFT_OUT or not text or not _is_ours(value):
                continue
            call = "" if isinstance(value, property) else "()"
            lines.append(f"### {name}.{member}{call}\n\n{_body(value)}")
    return "\n".join(lines)


def _is_ours(value: Any) -> bool:
    """Whether a member is a method or a property, not a trait or what a base class left behind."""
    return inspect.isfunction(value) or isinstance(value, (property, classmethod))


def _body(documented: Any) -> str:
    """Return a docstring as Markdown."""
    first, *rest = SECTION.split(inspect.getdoc(documented) or "")
    parts = [_text(first)]
    for title, content in zip(rest[::2], rest[1::2], strict=True):
        if title == "Examples":
            parts.append(f"```pycon\n{content.strip()}\n```\n")
        else:
            parts.append(f"**{title}**\n\n{_items(content)}")
    return "\n".join(parts)


def _items(content: str) -> str:
    """Return a list of names, or of types, with what is said of each."""
    items: list[list[str]] = []
    for line in content.strip().splitlines():
        if line and not line.startswith(" "):
            name, _, kind = line.partition(" : ")
            items.append([f"- `{name}`" + (f" ({kind})" if kind else "") + ":"])
        elif line.strip():
            items[-1].append(line.strip())
    return "\n".join(_text("\n  ".join(lines), end="") for lines in items) + "\n"


def _text(text: str, end: str = "\n") -> str:
    """Return a text whose double marks of code are Markdown's single ones."""
    return text.replace("``", "`").strip() + end


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page())
