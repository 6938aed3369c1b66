"""Adds a message to the corpus: python -m tests.corpus.add NAME [LITERAL]."""

from __future__ import annotations

import ast
import json
import re
import sys

from tests.corpus import FOLDER


def as_bytes(found: object) -> bytes:
    """Return the bytes of a message that a test has printed: as they are, or as JSON."""
    if isinstance(found, bytes):
        return found
    text = found if isinstance(found, str) else json.dumps(found)
    return text.encode(errors="surrogatepass")


def main(name: str, literal: str | None = None) -> None:
    """Write the message that the literal, or standard input, holds."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        sys.exit("A name has small letters, digits and hyphens.")
    data = as_bytes(ast.literal_eval(literal)) if literal else sys.stdin.buffer.read()
    (FOLDER / name).write_bytes(data.replace(b"\n", b" "))


if __name__ == "__main__":
    main(*sys.argv[1:])
