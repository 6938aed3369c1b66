"""The README as a package index shows it: whole addresses, since relative links lead nowhere."""

from __future__ import annotations

import re

_COMMENT = re.compile(r" *<!--.*?-->")
_IMAGE = re.compile(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)\n*")
_LINK = re.compile(r"(?<!!)\[((?:[^\]\[]|\[[^\]]*\])+)\]\((?!https?:|#|mailto:)([^)]+)\)")


def for_index(text: str, source: str, version: str) -> str:
    """Return the README's text for an index.

    Parameters
    ----------
    text
        It, as the repository has it.
    source
        Address of the repository, empty where there is none yet: then a link is its words alone,
        and there are no pictures of ours.
    version
        Whose files the links show; its tag is ``vVERSION``.
    """
    text = _COMMENT.sub("", text)
    if not source:
        return _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = _IMAGE.sub(rf"![\1]({source}/raw/v{version}/\2)\n\n", text)
    return _LINK.sub(rf"[\1]({source}/blob/v{version}/\2)", text)
