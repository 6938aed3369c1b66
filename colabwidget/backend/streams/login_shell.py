"""How a login shell of an account is started: its command, its variables, its folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.runtime import oom
from colabwidget.runtime.apt import program
from colabwidget.system import accounts
from colabwidget.system.files import write_private
from colabwidget.system.rights import user_id
from colabwidget.system.shells import is_usable, usual_shell

#: Name of the file that bash of the notebook's own account reads at its start.
RCFILE = "terminal.rc"
# A login shell of the notebook's own account would forget the notebook's PATH in /etc/profile.
_RCFILE = """\
# Written by colabwidget for the terminal in the notebook.
[ -r /etc/profile ] && . /etc/profile
for profile in ~/.bash_profile ~/.bash_login ~/.profile; do
    if [ -r "$profile" ]; then . "$profile"; break; fi
done
[ -n "$COLABWIDGET_PATH" ] && PATH="$COLABWIDGET_PATH" && export PATH
unset profile
"""
_ENTER = """\
cd -- "$1" 2> /dev/null || cd -- "$2" 2> /dev/null || cd /
shift 2
exec "$@"
"""


class LoginShell:
    """The login shell of an account, as the account's entry or the notebook has it.

    Parameters
    ----------
    account
        Runs the shell.
    environment
        What the shell sees of the notebook's environment.
    folder
        Private directory for its files.
    """

    def __init__(self, account: Account, environment: Mapping[str, str], folder: Path) -> None:
        self.owner = accounts.entry(account.name)
        self.is_own = self.owner.pw_uid == user_id()  # the notebook's own account
        self._account = account
        self._environment = environment
        self._folder = folder

    def command(self) -> list[str]:
        """Return its command line; the shell dies with the backend."""
        shell = self._shell()
        arguments = [shell, "-l"]
        identity = []
        if not self.is_own:
            identity = ["--reuid", str(self.owner.pw_uid), "--regid", str(self.owner.pw_gid)]
            identity.append("--init-groups")
            # The account enters its folder itself: root would get where the account may not.
            folders = [self._account.folder or self._account.home, self._account.home]
            arguments = ["/bin/sh", "-c", _ENTER, "sh", *folders, *arguments]
        elif Path(shell).name == "bash":
            rcfile = write_private(self._folder / RCFILE, _RCFILE)
            arguments = [shell, "--rcfile", str(rcfile), "-i"]
        # Those of the system: the notebook's PATH may have others of that name.
        setpriv, setsid = (program(name) or name for name in ("setpriv", "setsid"))
        tied = [setpriv, "--pdeathsig", "KILL", *identity, "--", *arguments]
        return [setsid, "--ctty", *oom.with_original_score(tied)]

    def variables(self) -> dict[str, str]:
        """Return its environment."""
        path = self._environment.get("PATH") or os.defpath
        return {
            **self._environment,
            "PATH": path,
            "COLABWIDGET_PATH": path,
            "HOME": self._account.home,
            "USER": self._account.name,
            "LOGNAME": self._account.name,
            "SHELL": self._shell(),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": self._environment.get("LANG") or "C.UTF-8",
        }

    def working_folder(self) -> str:
        """Return where it begins: in the session's or the notebook's folder, at home, or in /.

        Another account's begins in /, and enters its folder itself.
        """
        if not self.is_own:
            return "/"
        own = self._environment.get("COLABWIDGET_FOLDER", "")
        wanted = (self._account.folder, own, self._account.home)
        return next((place for place in wanted if place and _can_be_entered(place)), "/")

    def _shell(self) -> str:
        wanted = self._environment.get("SHELL", "") if self.is_own else ""
        return next(filter(is_usable, filter(None, (wanted, self.owner.pw_shell))), usual_shell())


def _can_be_entered(folder: str) -> bool:
    """Tell whether this process can make a folder its own: a home may be closed to its account."""
    return os.path.isdir(folder) and os.access(folder, os.X_OK, effective_ids=True)  # noqa: PTH112
