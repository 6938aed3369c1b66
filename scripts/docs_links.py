"""A hook of mkdocs: links from the site to files that the site does not have.

They lead to the repository's address where the project has one; until then their words remain.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from address import source_of

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[((?:[^\]\[]|\[[^\]]*\])+)\]\((?!https?:|#|mailto:)([^)\s]+)\)")


def outward(markdown: str, page: str, source: str) -> str:
    """Return a page whose links that leave docs/ lead to the repository, or are their words alone.

    Parameters
    ----------
    markdown
        The page.
    page
        Its path below docs/.
    source
        The repository's address, empty where there is none yet.
    """

    def lead(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), target))
        if path.startswith("docs/"):
            return match[0]
        return f"[{words}]({source}/blob/main/{path})" if source else words

    return LINK.sub(lead, markdown)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Do what mkdocs calls this for."""
    source = source_of((ROOT / "pyproject.toml").read_text())
    return outward(markdown, page.file.src_uri, source)
