"""Prose as a reader meets it: paragraphs, items, cells and headings of Markdown, texts in code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_FENCED = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_LINK = re.compile(r"!?\[((?:[^\]\[]|\[[^\]]*\])*)\]\([^)]*\)")
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")
_ENDS = re.compile(r"(?<=;) +|(?<=[.!?:])[\"')]* +(?=[A-Z\"'(])|(?<=\.) +(?=[a-z])")
#: Texts in TypeScript: strings, templates, and what stands between tags.
_TYPESCRIPT = re.compile(r"\"([^\"\n]+)\"|`([^`]+)`|(?<=[>}])([^<>{}=;()]+)(?=[<{])")
CODE = "CODE"


def plain(markdown: str) -> str:
    """Return a paragraph without links and emphasis; code is one word."""
    text = re.sub(r"`[^`]*`", CODE, _LINK.sub(r"\1", markdown))
    return re.sub(r"<[^>]+>|[*_]{1,2}(?=\W|$)|(?<!\w)[*_]{1,2}", "", text)


def paragraphs(markdown: str) -> list[tuple[int, str]]:
    """Return what a page says, each paragraph in one line, with the number of its first line.

    Items and cells of tables are paragraphs of their own; a heading begins with ``#``.
    """
    for without in (_FENCED, _COMMENT):
        markdown = without.sub(lambda found: "\n" * found.group().count("\n"), markdown)
    found: list[tuple[int, list[str]]] = []
    is_open = False
    for number, line in enumerate(markdown.split("\n"), 1):
        words = line.strip().lstrip(">").strip()
        if words.startswith("|"):
            cells = [cell.strip() for cell in words.strip("|").split("|")]
            found += [(number, [cell]) for cell in cells if cell.strip(":- ")]
        elif words and is_open and not words.startswith("#") and not _ITEM.match(words):
            found[-1][1].append(words)
            continue
        elif words:
            found.append((number, [words]))
        is_open = bool(words) and not words.startswith(("|", "#"))
    return [(number, plain(" ".join(lines))) for number, lines in found]


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph; a semicolon ends one too."""
    return _ENDS.split(paragraph)


def texts(path: Path) -> list[tuple[int, str]]:
    """Return the texts of several words in a module of Python or TypeScript, with their lines.

    Docstrings are not among them.
    """
    source = path.read_text()
    if path.suffix != ".py":
        code = re.sub(r"^ *(?://|/?\*).*$", "", source, flags=re.M)
        every = [
            (code.count("\n", 0, found.start()) + 1, next(filter(None, found.groups())))
            for found in _TYPESCRIPT.finditer(code)
        ]
    else:
        tree = ast.parse(source)
        documents = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        every = [
            (node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documents
        ]
    return [(line, " ".join(text.split())) for line, text in every if len(text.split()) > 2]
