"""The block for ``~/.ssh/config`` as a file of its own, to be taken to the user's computer."""

from __future__ import annotations

import os
from pathlib import Path

from colabwidget.core.client_commands import ALIAS
from colabwidget.core.errors import ColabWidgetError

_MARK = "# Written by colabwidget"
_HEAD = f"""\
{_MARK}, and written anew by each connect --write-config.
# On your computer: ssh -F THIS-FILE {ALIAS}
# Or for all programs, as the first line of ~/.ssh/config: Include THIS-FILE
"""


def check(path: Path) -> None:
    """See that the file can be written, and that this package wrote it.

    What other people have written stays: behind their lines a block may come too late (ssh takes
    the first value that it finds), and before them it would take some of them in.

    Raises
    ------
    ColabWidgetError
        ``config_not_ours``, ``config_unwritable``.
    """
    folder = path.parent
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        reason = "Its folder cannot be written." if folder.is_dir() else "There is no such folder."
        raise ColabWidgetError("config_unwritable", path=path, reason=reason)
    try:
        # A link may lead to a file that is not meant.
        ours = not path.is_symlink() and path.read_bytes().startswith(_MARK.encode())
    except FileNotFoundError:
        return
    except OSError:
        ours = False
    if not ours:
        raise ColabWidgetError("config_not_ours", path=path)


def write(path: Path, block: str) -> None:
    """Write the file, readable to this account only, whole or not at all.

    Raises
    ------
    ColabWidgetError
        As `check` does.
    """
    import tempfile  # seldom needed

    check(path)
    draft = None
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(_HEAD + block)
        Path(draft).replace(path)
    except OSError as error:
        if draft:
            Path(draft).unlink(missing_ok=True)
        reason = f"{error.strerror}."
        raise ColabWidgetError("config_unwritable", path=path, reason=reason) from error
