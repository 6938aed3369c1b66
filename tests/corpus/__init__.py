"""Messages that every reader is given, as README.md beside this says."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("messages")

#: The bytes of each message by its name.
MESSAGES: dict[str, bytes] = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir())}
