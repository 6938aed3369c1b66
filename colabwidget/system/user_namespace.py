"""A user namespace in which this process's account is one that programs can work with.

sshd, D-Bus and others look their own user id up in /etc/passwd, which has not every id. Root's sshd
becomes other accounts, which a root without its rights cannot. And sshd gives a terminal to the
group tty, which an account may not do where the terminal was not made with that (/dev/pts without
gid=5).

In a namespace of its own (user_namespaces(7)), a process sees an /etc/passwd that has its account,
an /etc/group that has no tty, and itself as an account without root. It may do nothing there that
it may not do outside. Not every machine allows namespaces.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from colabwidget.system import accounts
from colabwidget.system.files import write_private
from colabwidget.system.shells import is_usable, usual_shell

_FIRST_ID = 1000  # below, ids are the system's
# Mounts the files, and goes on as the program without any capability of the namespace.
_ENTER = """\
for name in passwd group shadow; do
    [ ! -e "/etc/$name" ] || mount --bind -- "$1/$name" "/etc/$name" || exit
done
[ "$2" = keep ] || rm -r -- "$1"
shift 2
exec setpriv --pdeathsig KILL --ambient-caps=-all --inh-caps=-all -- "$@"
"""


def words(folder: Path, *, keep: bool) -> tuple[str, ...]:
    """Return the words before a command that runs it in such a namespace.

    Parameters
    ----------
    folder
        Private folder for what stands in the place of files in /etc; made where it is missing.
    keep
        Whether the folder stays, for the next command; else the first one removes it.
    """
    own = accounts.own()
    others = [line for line in _lines("/etc/passwd") if line.split(":")[0] != own.pw_name]
    number, group = own.pw_uid, os.getegid()
    if number == 0:
        taken = {line.split(":")[2] for line in others if line.count(":") > 2}
        number = group = next(each for each in range(_FIRST_ID, 1 << 16) if str(each) not in taken)
    shell = own.pw_shell if is_usable(own.pw_shell) else usual_shell()
    folder.mkdir(mode=0o700, exist_ok=True)
    # First: of several names of an id, the first one counts.
    _write(folder / "passwd", [f"{own.pw_name}:x:{number}:{group}::{own.pw_dir}:{shell}", *others])
    _write(folder / "group", [each for each in _lines("/etc/group") if each.split(":")[0] != "tty"])
    # Some systems tell of a locked account where the file has none (nss-systemd).
    _write(folder / "shadow", [f"{own.pw_name}:*:::::::"])
    return (
        *("unshare", "--user", "--mount", "--keep-caps"),
        *(f"--map-user={number}", f"--map-group={group}", "--"),
        *("sh", "-c", _ENTER, "sh", str(folder), "keep" if keep else ""),
    )


def _write(path: Path, lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    write_private(path, text.encode(errors="surrogateescape"), 0o644)


def _lines(path: str) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(path).read_text(errors="surrogateescape").splitlines()
    return []
