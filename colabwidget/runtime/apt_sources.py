"""The package sources of the system: which there are, and where each is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path("/etc/apt")


class Source(NamedTuple):
    """A package source.

    Parameters
    ----------
    place
        File and line, as ``FILE:LINE``.
    address
        Its address.
    """

    place: str
    address: str


def read(folder: Path = _FOLDER) -> list[Source]:
    """Return the sources that are switched on; what cannot be read is left out."""
    files = [folder / "sources.list", folder / "sources.list.d"]
    found: list[Source] = []
    for path in files[:1] + sorted(files[1].glob("*")):
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        if path.suffix == ".list":
            found += _of_lines(path, text)
        elif path.suffix == ".sources":
            found += _of_stanzas(path, text)
    return found


def _of_lines(path: Path, text: str) -> Iterator[Source]:
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)", line):
            yield Source(f"{path}:{number}", match[1])


def _of_stanzas(path: Path, text: str) -> Iterator[Source]:
    number = 1
    for stanza in re.split(r"(\n\s*\n)", text):
        lines = stanza.split("\n")
        types = re.search(r"(?mi)^Types:.*(?<![\w-])deb(?![\w-])", stanza)
        off = re.search(r"(?mi)^Enabled:\s*(?:no|false|0|off|without|disable)\b", stanza)
        for at, line in enumerate(lines):
            if types and not off and (match := re.match(r"(?i)URIs:\s*(.+)", line)):
                for address in match[1].split():
                    yield Source(f"{path}:{number + at}", address)
        number += len(lines) - 1
