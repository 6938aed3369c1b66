"""ngrok agents of this machine that run with the session's own token."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from colabwidget.core.secrets import Secret

# The configuration of a session's own agent: another backend would start that again.
_OF_A_SESSION = re.compile(rb"/colabwidget/[^\0]*ngrok\.yml\0")
_CONFIG = re.compile(rb"\0--?config[=\0](/[^\0]+)\0")
_HOME = re.compile(rb"\0HOME=(/[^\0]*)\0")
_USUAL_CONFIGS = (".config/ngrok/ngrok.yml", ".ngrok2/ngrok.yml")
_CONFIG_MAX = 65_536  # bytes


def find_other_agent(token: Secret) -> tuple[int, str] | None:
    """Return the process id and the program of another agent of this account.

    ``None`` where none is seen that belongs to this process's own account and has the token on its
    command line, in its environment, or in its configuration. Nothing of these is returned.
    """
    own, wanted = os.geteuid(), token.reveal().encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if (folder / "comm").read_text().strip() != "ngrok" or folder.stat().st_uid != own:
                continue
            command = (folder / "cmdline").read_bytes()
            if _OF_A_SESSION.search(command):
                continue
            variables = (folder / "environ").read_bytes()
            if wanted in command + variables + _configuration(command, variables):
                return int(folder.name), str((folder / "exe").readlink())
        except OSError:
            continue  # it has ended, or is hidden
    return None


def _configuration(command: bytes, variables: bytes) -> bytes:
    """Return what stands in the configuration of an agent with this command and environment."""
    named = [Path(os.fsdecode(path)) for path in _CONFIG.findall(command)]
    homes = [Path(os.fsdecode(home)) for home in _HOME.findall(b"\0" + variables)] or [Path.home()]
    usual = [home / path for home in homes for path in _USUAL_CONFIGS]
    return b"\n".join(map(_content, named or usual))


def _content(path: Path) -> bytes:
    """Return the content of a regular file; nothing of one that cannot be read, or is a pipe."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        return os.read(file, _CONFIG_MAX) if stat.S_ISREG(os.fstat(file).st_mode) else b""
    finally:
        os.close(file)
