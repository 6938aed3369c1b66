"""What SSH sessions take over from the notebook's environment."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from colabwidget import hosts
from colabwidget.core import session_environment as rules
from colabwidget.core.session_environment import FOLDER, GENERAL_VARIABLES, LOCALE_VARIABLES
from colabwidget.system.locales import is_locale

#: Variables that sessions take over, those of all kinds of machines among them.
SESSION_VARIABLES = (*GENERAL_VARIABLES, *hosts.variables())


def allowed_environment(variables: Mapping[str, object]) -> dict[str, str]:
    """Return the variables that may reach a session: of `SESSION_VARIABLES`, and plain text."""
    return rules.allowed_environment(variables, SESSION_VARIABLES)


def terminal_environment(variables: Mapping[str, object] | None = None) -> dict[str, str]:
    """Return what a terminal of the notebook's own account takes over: its shell as well.

    Parameters
    ----------
    variables
        What a client has sent; this process's own unless given.
    """
    if variables is None:
        return {**session_environment(), **rules.allowed_environment(os.environ, ("SHELL",))}
    return rules.allowed_environment(variables, (*SESSION_VARIABLES, "SHELL"))


def session_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what SSH sessions take over from the notebook's environment.

    The folder of the running Python comes first in ``PATH``, so that ``python`` is the
    notebook's own in an SSH session as well. The notebook's working folder is added. A locale that
    the machine does not have becomes ``C.UTF-8``, as shells and Perl complain of it each time.
    """
    taken = allowed_environment(os.environ if environment is None else environment)
    path = taken.get("PATH") or os.defpath
    folder = str(Path(sys.executable).parent)
    found = shutil.which("python", path=path)
    own = Path(folder, "python").exists()
    if own and (found is None or str(Path(found).parent) != folder):
        path = f"{folder}:{path}"
    for name in LOCALE_VARIABLES:
        if taken.get(name) and not is_locale(taken[name]):
            taken[name] = "C.UTF-8" if is_locale("C.UTF-8") else "C"
    taken.pop(FOLDER, None)  # a kernel that runs in a session has that session's
    return {**taken, "PATH": path, **allowed_environment(_working_folder())}


def _working_folder() -> dict[str, str]:
    try:
        return {FOLDER: str(Path.cwd())}
    except OSError:
        return {}  # it is not there any more
