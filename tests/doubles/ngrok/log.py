"""The agent's log."""

from __future__ import annotations

import re
import sys
import threading
import time

from .behaviour import behaviour

ESCAPES = {"\\": "\\", '"': '"', "\n": "n", "\r": "r", "\t": "t"}


class Log:
    """logfmt lines, one write a line, whichever thread they come from."""

    def __init__(self, target: str) -> None:
        self._stream = {"stdout": sys.stdout, "stderr": sys.stderr}.get(target)
        self._held_back = behaviour().get("held_back")
        self._lock = threading.Lock()

    def __call__(self, lvl: str, msg: str, **fields: object) -> None:
        pairs = {"t": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "lvl": lvl, "msg": msg, **fields}
        line = " ".join(f"{key}={self._value(str(value))}" for key, value in pairs.items())
        if self._stream:
            with self._lock:
                self._stream.write(line + "\n")
                if not self._held_back:
                    self._stream.flush()

    @staticmethod
    def _value(text: str) -> str:
        escaped = text.translate({ord(c): f"\\{e}" for c, e in ESCAPES.items()})
        return f'"{escaped}"' if re.search(r'[\s="\\]', text) else text
