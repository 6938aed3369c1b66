"""Makes docs/faults.md from the rows of the fault matrix in tests/.

``python scripts/faults.py`` writes the page; a test keeps it equal to the rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "faults.md"
# Where rows are, in the order of the page; a part may have them in several files.
SUITES = {
    "Services of the session": "system/test_faults_services.py",
    "The network": "system/test_faults_network.py",
    "An SSH relay": "system/test_faults_relay.py",
    "A quick tunnel of Cloudflare": "system/test_faults_cloudflare.py",
    "Kernel, browser and page": "browser/test_faults_kernel.py",
    "Coming back to a session": (
        "browser/test_attach.py",
        "browser/test_connect.py",
        "browser/test_messages.py",
    ),
    "The machine": "system/test_faults_machine.py",
    "Packages": (
        "system/test_packages.py",
        "system/test_packages_broken_off.py",
        "system/test_packages_in_trouble.py",
        "system/test_faults_packages.py",
    ),
    "Full disks": "system/test_faults_disk.py",
    "Homes that cannot be written": "system/test_faults_home.py",
    "The clock": "system/test_faults_clock.py",
    "Pressure": "system/test_faults_pressure.py",
}
# The classes of rows, and what their first parameters are.
_FAULT = ("name", "done", "seen")
ROWS = {"Row": _FAULT, "PageRow": _FAULT, "Way": ("name", "done")}
SAME = "The same session, the same log from its start, the same details, live"
HEADER = """\
# What happens when something breaks

<!-- Made by `python scripts/faults.py` from the rows in tests/. -->

Each row is a test that does it for real: with real processes and signals, a real `ssh` client, a
real browser, real networks that are cut. After what happens to a session, no process, no open port
and no secret may be left, and a new Connect must work. How it is made:
[architecture.md](architecture.md).
"""


def rows(path: Path) -> Iterator[tuple[str, str]]:
    """Give what is done and what is seen, of each row in a file of tests."""
    for node in ast.walk(ast.parse(path.read_text())):
        kind = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and kind in ROWS:
            given = dict(zip(ROWS[kind], node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            texts = {name: _text(value) for name, value in given.items()}
            if "done" in texts:  # else it is a row that a test makes of another
                yield texts["done"], texts.get("seen", SAME)
        elif isinstance(node, ast.FunctionDef):
            said = " ".join((ast.get_docstring(node) or "").split())
            told = re.match(r"Done: (.*?)\. Seen: (.*?)\.$", said)
            if told:
                yield told.group(1), told.group(2)


def _text(value: ast.expr) -> str:
    """Return the text that stands there; "" for other values."""
    return str(value.value) if isinstance(value, ast.Constant) else ""


def page() -> str:
    """Return the page."""
    parts = [HEADER]
    for title, suites in SUITES.items():
        names = (suites,) if isinstance(suites, str) else suites
        parts.append(f"## {title}\n\n| what happens | what you see |\n| --- | --- |")
        parts += [
            f"| {_first(done)} | {_first(seen)} |"
            for name in names
            for done, seen in rows(ROOT / "tests" / name)
        ]
        parts.append("")
    return "\n".join(parts)


def _first(text: str) -> str:
    return text if text.startswith("sshd") else text[0].upper() + text[1:]


if __name__ == "__main__":
    PAGE.write_text(page())
