"""Makes docs/troubleshooting.md from the table of error texts.

``python scripts/troubleshooting.py`` writes the page; a test keeps it equal to the table.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import colabwidget.tunnels.registry  # noqa: E402, F401  registers the texts of the tunnels
from colabwidget.core.errors import ErrorText  # noqa: E402
from colabwidget.core.errors.catalog import GROUPS  # noqa: E402

PAGE = ROOT / "docs" / "troubleshooting.md"
HEADER = """\
# Troubleshooting

<!-- Made by `python scripts/troubleshooting.py` from colabwidget/core/errors/catalog. -->

Each failure says what happened, why, and what to do. This page has them all; words in *italics*
stand for what is told there.

**To report a problem**, press **Copy the report** below the error, or run
`python -m colabwidget report` in a terminal of the same machine. The report has versions, the
machine, the steps with their times, the error and the last lines of the log. Tokens, passwords and
keys are masked; read it all the same before you post it.

**The log** is on the page under *Log*, with buttons that copy and download all of it, and is
printed by `python -m colabwidget log`. Its file, `journal.log` in the private runtime directory
(see [security.md](security.md)), is removed when the backend ends.
"""
# What stands for the fields of the texts.
WORDS = {
    "size": "some",
    "add": "How to add one is on the pages of Colab and Kaggle. Elsewhere: set the variable before "
    "the kernel starts.",
    "address": "ADDRESS",
    "agent": "Which program was taken, and its version.",
    "clients": "One client is",
    "windows": "Two windows are",
    "command": "kill and its number",
    "depth": "Another depth",
    "fingerprint": "SHA256:...",
    "folder": "FOLDER",
    "geometry": "Something else",
    "minutes": "MINUTES",
    "field": "the option",
    "host": "its servers",
    "label": "A field",
    "lack": "the card has which",
    "limits": "what plans have",
    "lowest": "that it names",
    "name": "NAME",
    "number": "of a number",
    "ours": "one version",
    "own": "your account",
    "package": "NAME",
    "packages": "a program",
    "path": "PATH",
    "person": "NAME",
    "pid": "NUMBER",
    "program": "PROGRAM",
    "reason": "what was found",
    "region": "NAME",
    "remedy": "What mends the cause.",
    "regions": "listed there",
    "seconds": "some",
    "secret": "NAME",
    "server": "The server",
    "servers": "listed there",
    "site": "the site",
    "store": "The store",
    "system": "another one",
    "theirs": "another version",
    "times": "several",
    "tunnel": "NAME",
    "tunnels": "listed there",
    "user": "NAME",
    "vnc": "Something else",
    "what": "The last connection",
}
#: Where a field stands for something else.
WORDS_OF = {"accounts_silent": {"what": "account"}}
# What is typed or looked up.
_TYPED = (
    r"(python -m colabwidget \w+(?: --[a-z-]+\w)*|--device /dev/fuse --cap-add SYS_ADMIN"
    r"|My Drive/data|~?/(?:\w|\.ssh)[\w/.]*\w|\bdf -h|\bps aux|[A-Z]+_(?:AUTHTOKEN|RUNTIME_DIR)\b)"
)
NGROK_PAGE = "https://ngrok.com/docs/errors/err_ngrok_"


def page() -> str:
    """Return the page."""
    parts = [HEADER]
    for title, group in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_entry(code, text) for code, text in group.items()]
    return "\n".join(parts)


def _entry(code: str, text: ErrorText) -> str:
    cause = text.usual or text.cause
    lines = [f'### <a id="{code}"></a>{_read(text.title, code)}\n', _read(cause, code)]
    lines.append(f"\n**What to do**: {_read(text.remedy, code)}")
    links = [text.link] if text.link and "{" not in text.link else []
    if number := re.fullmatch(r"ngrok_(\d+)", code):
        links.append(NGROK_PAGE + number.group(1))
    lines += [f"<{link}>" for link in dict.fromkeys(links)]
    return "\n".join(lines) + f"\n\n`{code}`\n"


def _read(text: str, code: str) -> str:
    """Return a text as Markdown, with words in the place of its fields."""
    text = re.sub(_TYPED, r"`\1`", text)
    words = {**WORDS, **WORDS_OF.get(code, {})}
    return re.sub(r"\{(\w+)\}", lambda field: f"*{words[field.group(1)]}*", text)


if __name__ == "__main__":
    PAGE.write_text(page())
