"""Texts as people paste them: invisible characters go, and so does what stands around a value."""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache

#: Quotes and brackets that are pasted with a value; none of them is part of a key or a token.
QUOTES = "\"'`´“”„‟‘’‚‛«»‹›<>"
#: What a command line, a list or a table has between values.
SEPARATORS = ";,"
#: What a prompt, a quotation or a list has in front of a line.
BULLETS = "$#%!>*•·‣◦–—|-"

# A tag of HTML, and the line that begins or ends a block of Markdown.
_TAG = r"(?i)</?(?:a|br|code|div|kbd|li|p|pre|samp|span|tt)(?:\s[^<>]*)?/?>"
_FENCE = r"(?m)^[ >]*(?:```+|~~~+)[ \w.+-]*$"


@cache
def _replaced() -> dict[int, str | None]:
    """Return what becomes of characters that look like others, or like nothing at all."""
    table: dict[int, str | None] = dict.fromkeys(
        map(ord, "\u2010\u2011\u2012\u2212\ufe63\uff0d"), "-"
    )
    table |= dict.fromkeys(map(ord, "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), "\n")
    # The soft hyphen, and every mark that only steers how a text is shown.
    table |= dict.fromkeys(
        map(ord, "\0\xad\u034f\u061c\u115f\u1160\u180e\u3164\ufe0e\ufe0f\ufeff\uffa0\ufffc"), None
    )
    for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)):
        table |= dict.fromkeys(range(first, last + 1), None)
    return table


def visible(text: str) -> str:
    """Return a text with plain spaces, line ends and hyphens, and no invisible characters.

    Byte order marks, zero-width characters and marks of direction go.
    """
    text = text.replace("\r\n", "\n").translate(_replaced())
    if not text.isascii():
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return text.replace("\t", " ")


def clean(text: str) -> str:
    """Return what is visible of a text, without tags of HTML and fences of Markdown blocks."""
    return re.sub(_FENCE, "", re.sub(_TAG, " ", visible(text)))


def decode(data: bytes) -> str | None:
    """Return the text of a file, whichever program has written it; ``None`` for no text.

    UTF-8, UTF-16 as PowerShell's ``>`` writes it, and what is none of them byte by byte.
    """
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[1:8:2] == b"\0\0\0\0":
        encoding = "utf-16-le"
    elif data[:8:2] == b"\0\0\0\0":
        encoding = "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            return None
        text = data.decode("latin-1")
    return None if re.search(r"[\0-\x08\x0e-\x1a\x7f]", text) else text
