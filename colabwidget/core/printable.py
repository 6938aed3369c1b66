"""Text from elsewhere as it is shown: what steers a terminal or a reader's eye is spelled out.

A carriage return overwrites what stands before it, an escape sequence moves the cursor or fills the
clipboard, and a mark of direction turns words around: of a line of the log none may do that.
"""

from __future__ import annotations

import re

# Colours and the like, which a log may have: ECMA-48's SGR.
_COLOURS = r"\x1b\[[0-9;:]*m"
# What may have to be spelled out; few texts have much of it.
_SUSPECT = re.compile(r"[^\n\t -~]")
_PLAIN = "\n\t\u200c\u200d"  # the last two join or part letters, in emoji and in Persian


def spelled_out(text: str, *, colours: bool = False) -> str:
    r"""Return a text whose control characters and marks of direction are written as ``\x1b``.

    Line ends and tabs stay.

    Parameters
    ----------
    text
        Of one line or several.
    colours
        Whether sequences that only colour stay.
    """
    if text.isprintable():
        return text
    if colours and "\x1b[" in text:
        pieces = re.split(f"({_COLOURS})", text)
        return "".join(
            piece if number % 2 else spelled_out(piece) for number, piece in enumerate(pieces)
        )
    return _SUSPECT.sub(lambda found: _shown(found.group()), text)


def without_colours(text: str) -> str:
    """Return a line of the log without its colours, spelled out."""
    return spelled_out(re.sub(_COLOURS, "", text) if "\x1b[" in text else text)


def left_standing(line: str) -> str:
    r"""Return what a bar of progress that overwrites itself has left standing on its line.

    Only for what a program of our own choice prints: of other lines, a carriage return is spelled
    out.
    """
    return line.rstrip("\r").rpartition("\r")[2]


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in _PLAIN or not _steers(letter):
        return letter
    if letter == "\r":
        return r"\r"
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _steers(letter: str) -> bool:
    """Tell whether a character is a control, a mark of format, a line end or half of another."""
    import unicodedata  # few texts have such characters

    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
