"""The built front end: made from ``js/``, committed, and kept equal to it by a test."""

from __future__ import annotations

from pathlib import Path

#: Where its files are.
FOLDER = Path(__file__).parent
