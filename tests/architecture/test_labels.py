"""What a page names in italics is on the card, in a text of ours, or another program's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kit.sources import ROOT, tracked

LABEL = re.compile(r"(?<![\w*])\*([A-Z][^*\n]{2,50}(?:\n[^*\n]{1,40})?)\*(?![\w*])")
FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)
#: Labels of other programs and pages, and words that others said.
OTHERS = {
    "Add Input",  # Kaggle
    "Import notebook",
    "Save version",
    "Click to show javascript error",  # JupyterLab
    "Connection, SSH, Tunnels",  # PuTTY
    "Log Out",  # XFCE
    "Run program",
    "OpenSSH Authentication Agent",  # Windows
    "Remote - SSH",  # VS Code
    "Select the platform of the remote host",
    "Remote-SSH: Connect to Host",
    "Python: Select Interpreter",
    "Remote.SSH: Show Log",
    "Could not establish connection",
    "Remote host identification has changed",
    "Remote control such as SSH shells, remote desktops",  # Colab's FAQ
    "JupyterHub, without root",  # put together: the host and its rights, what a button closes
    "Close desktop",
}
PAGES = [
    path
    for path in tracked("README.md", "docs/*.md")
    if path.parent == ROOT / "docs" or path.name == "README.md"
    if path.name not in ("architecture.md", "security.md", "troubleshooting.md")
]


def words(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


OURS = words(
    "\n".join(
        path.read_text()
        for path in tracked("js/src/**.ts", "js/src/**.tsx", "colabwidget/**.py")
        if "static" not in path.parts
    )
)


def unknown(markdown: str) -> list[str]:
    """Return the labels in a page that are nowhere."""
    every = (words(found) for found in LABEL.findall(FENCED.sub("", markdown)))
    return [
        label
        for label in every
        if label.strip(".,") not in OTHERS
        and not all(part.strip(".,") in OURS for part in re.split(r", | · ", label))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_label_of_a_page_can_be_found(page: Path) -> None:
    assert unknown(page.read_text()) == []


def test_a_label_of_another_day_is_found() -> None:
    assert unknown("Press *Open terminal here*, or\n*Try again*.") == ["Open terminal here"]
