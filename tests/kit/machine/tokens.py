"""Tokens that are used once, and the search for places where they or other secrets have leaked."""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
import time
from pathlib import Path
from urllib.parse import quote

TOKEN_SHAPE = "2{}_{}"
# Before the first of this process's tests, in seconds of the clock of files.
_BEFORE = time.time() - 60


def new_token() -> str:
    """A token of an authtoken's shape, unlike any other."""
    return TOKEN_SHAPE.format(secrets.token_hex(13), secrets.token_hex(11))


def forms_of(secret: str) -> list[bytes]:
    """How a secret could stand in a file: plain, base64, URL-encoded, JSON-escaped."""
    data = secret.encode()
    forms = {data, quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    for pad in range(3):
        encoded = base64.b64encode(b"\0" * pad + data)
        # Without the characters that depend on what stands before and after.
        form = encoded[4 if pad else 0 : -4]
        # Of a short secret, too little may be left to tell it from anything else.
        if len(form) >= 8:
            forms.add(form)
    return sorted(forms)


def find_in_files(secrets_: list[str], *folders: Path) -> list[Path]:
    """The files below some folders that hold any of the secrets in any form.

    A secret is made by a test: a file that has not changed since before the first one holds none.
    """
    forms = [form for secret in secrets_ for form in forms_of(secret)]
    found = []
    for folder in folders:
        # Unlike pathlib's, this walk goes on where something vanishes meanwhile.
        below = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
        for path in [folder] if folder.is_file() else below:
            try:
                seen = path.lstat()
                if not stat.S_ISREG(seen.st_mode) or seen.st_ctime < _BEFORE:
                    continue
                data = path.read_bytes()
            except OSError:
                continue
            if any(form in data for form in forms):
                found.append(path)
    return found


def find_in_processes(secrets_: list[str]) -> list[str]:
    """The processes that have any of the secrets in their command line or environment."""
    forms = [form for secret in secrets_ for form in forms_of(secret)]
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        for name in ("cmdline", "environ"):
            try:
                data = (entry / name).read_bytes()
            except OSError:
                continue
            if any(form in data for form in forms):
                found.append(f"{entry.name}/{name}: {data[:80]!r}")
    return found
