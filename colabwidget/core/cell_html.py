"""Parts of plain HTML that every notebook draws in the output of a cell."""

from __future__ import annotations

from html import escape

from colabwidget.core.printable import spelled_out

_CODE = "font-family: monospace; user-select: all"
_COPY = "navigator.clipboard.writeText(this.parentNode.querySelector('code').textContent)"


def code(text: str) -> str:
    """Return text to be typed or copied, which one click selects."""
    return f'<code style="{_CODE}">{escape(spelled_out(text))}</code>'


def copy_button() -> str:
    """Return a button that copies what the `code` beside it says; they share a parent."""
    return f'<button type="button" onclick="{_COPY}">Copy</button>'
