"""The block for ``~/.ssh/config`` as a file of its own, which the user copies to a computer."""

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
    """Check that the file can be written, and that this package wrote it if it exists.

    Another file is never changed. A block after its lines may have no effect, since ssh_config(5)
    uses the first value of each keyword, and a block before them would apply to some of them.

    Parameters
    ----------
    path
        The file; its folder has to exist.

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
        # A symbolic link may point to a file that the user does not mean.
        ours = not path.is_symlink() and path.read_bytes().startswith(_MARK.encode())
    except FileNotFoundError:
        return
    except OSError:
        ours = False
    if not ours:
        raise ColabWidgetError("config_not_ours", path=path)


def write(path: Path, block: str) -> None:
    """Write the file atomically, readable by this account only.

    Parameters
    ----------
    path
        The file; one that this package wrote is replaced.
    block
        Lines of ssh_config(5), such as `colabwidget.core.details.SshDetails.config`.

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
