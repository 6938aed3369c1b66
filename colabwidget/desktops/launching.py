"""The environment of programs on the desktop: its parts have the system's, others the notebook's.

A notebook's environment may have programs and libraries that do not fit the system's desktop: conda
brings a ``dbus-daemon`` of its own, for one. So the desktop's own parts see none of that. What the
user starts does: shells of its terminals, and the programs of its menus. For the first, ``$SHELL``
is a script of the desktop's directory; for the second, that directory has the entries of the menus
once more, each with such a script before its program. The environment's defaults lie there as well.
"""

from __future__ import annotations

import fnmatch
import os
import re
import secrets
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from colabwidget.core.plain_environment import SYSTEM_PATH
from colabwidget.system.files import runs_no_programs
from colabwidget.system.subreaper import TERMINAL

DATA = "data"  # folder with the entries of the menus
#: Where the system has what its programs share, the first before the others.
DATA_DIRS = ("/usr/local/share", "/usr/share")
_APPLICATIONS = "applications"
_NOTEBOOK = "notebook"
_SHELL = "shell"
_BROWSERS = "browsers"
_START = "start"
_UNIQUE = "@UNIQUE@"

# Of the notebook's variables, what a part of the desktop goes by as well: where programs, modules,
# plug-ins, fonts, settings and translations lie.
_OF_PROGRAMS = re.compile(
    r"LD_|PYTHON|PERL|GTK|GDK|GIO_|G_|GI_|GSETTINGS_|GCONV_|QT|QML|KDE|FONTCONFIG_|FC_|XDG_|DBUS_|"
    r"XKB_|XCURSOR_|XLOCALEDIR|LOCPATH|NLSPATH|LIBGL_|MESA_|GALLIUM_|EGL_|__GLX_|__EGL_|VK_|CONDA_|"
    r"(?:SESSION_MANAGER|BASH_ENV|ENV)$"
)
# Sessions of desktops ignore SIGPIPE, which a shell cannot undo.
_SCRIPT = """\
#!/bin/sh
. {notebook}
{more}if /usr/bin/env --default-signal /bin/true 2> /dev/null; then
    exec /usr/bin/env --default-signal {command}
fi
exec {command}
"""
# Chromium and what is made of it; a bar of theirs then says that the sandbox is off.
_SANDBOXED = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser"),
    *("microsoft-edge", "microsoft-edge-stable", "vivaldi", "opera"),
)
_WITHOUT_SANDBOX = """\
#!/bin/sh
# As root, this browser ends at once unless it is told to do without its sandbox.
exec {program} --no-sandbox "$@"
"""
_GROUP = re.compile(r"^\[Desktop (?:Entry|Action [^\]]*)\]\s*$")
_ENTRY_MAX = 1 << 20  # bytes


def of_parts(variables: Mapping[str, str], directory: Path, programs: Path) -> dict[str, str]:
    """Return the variables of the desktop's own parts.

    Parameters
    ----------
    variables
        Those of the user's programs.
    directory
        The desktop's directory, with the files of `write`.
    programs
        Folder with ``vglrun``.
    """
    kept = {name: value for name, value in variables.items() if not _OF_PROGRAMS.match(name)}
    shell = directory / _SHELL
    if not runs_no_programs(directory):
        kept["SHELL"] = str(shell)
    path = f"{programs}:{SYSTEM_PATH}:{variables['PATH']}"
    kept["PATH"] = with_browsers(path, directory)
    kept["XDG_DATA_DIRS"] = ":".join([str(directory / DATA), *DATA_DIRS])
    return kept


def copy_defaults(source: Path, target: Path) -> None:
    """Copy an environment's defaults, since the account may not read the folder of this package.

    Parameters
    ----------
    source
        Folder of the package.
    target
        Made; ``@UNIQUE@`` in its files is a word that no other session has.
    """
    shutil.copytree(source, target)
    word = secrets.token_hex(8)
    for file in target.rglob("*"):
        if file.is_file() and _UNIQUE in (text := file.read_text()):
            file.write_text(text.replace(_UNIQUE, word))


def without_sandbox(directory: Path, path: str = SYSTEM_PATH) -> dict[str, str]:
    """Write scripts that start browsers which refuse to run as root with their sandbox.

    Parameters
    ----------
    directory
        The desktop's directory, which gets a folder for them.
    path
        Where the browsers are looked for.

    Returns
    -------
    dict[str, str]
        The scripts by the names of the browsers that are installed.
    """
    folder, found = directory / _BROWSERS, {}
    for name in _SANDBOXED:
        if there := shutil.which(name, path=path):
            folder.mkdir(exist_ok=True)
            script = folder / name
            script.write_text(_WITHOUT_SANDBOX.format(program=shlex.quote(there)))
            script.chmod(0o755)
            found[name] = str(script)
    return found


def with_browsers(path: str, directory: Path) -> str:
    """Return a ``PATH`` that has the scripts of `without_sandbox` first, where there are some."""
    folder = directory / _BROWSERS
    return f"{folder}:{path}" if folder.exists() and not runs_no_programs(directory) else path


def write(
    directory: Path,
    variables: Mapping[str, str],
    own: Sequence[str],
    instead: Mapping[str, str] | None = None,
) -> None:
    """Write the scripts, and the entries of the menus.

    Parameters
    ----------
    directory
        The desktop's directory, which the account cannot write to yet.
    variables
        What the user's programs have and the desktop's parts may not.
    own
        Patterns of names of programs that are the desktop's own.
    instead
        Scripts that menus start in the place of the programs of these names.
    """
    notebook = directory / _NOTEBOOK
    exports = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    notebook.write_text("".join(exports))
    terminal = f"{TERMINAL}=1\nexport {TERMINAL}\n"
    for name, command, more in ((_SHELL, '"$SHELL" "$@"', terminal), (_START, '"$@"', "")):
        script = _SCRIPT.format(notebook=shlex.quote(str(notebook)), command=command, more=more)
        (directory / name).write_text(script)
        (directory / name).chmod(0o700)
    start = str(directory / _START)
    if set(start) & set('"`$\\%'):
        return  # no entry could name it
    entries = directory / DATA / _APPLICATIONS
    entries.mkdir(parents=True)
    for base in reversed(DATA_DIRS):
        for file in Path(base, _APPLICATIONS).glob("**/*.desktop"):
            name = "-".join(file.relative_to(base).parts[1:])
            if text := _entry(file, f'/bin/sh "{start}"', own, instead or {}):
                (entries / name).write_bytes(text)
            else:
                (entries / name).unlink(missing_ok=True)


def _entry(file: Path, start: str, own: Sequence[str], instead: Mapping[str, str]) -> bytes:
    """Return an entry of a menu whose programs are started by another; empty for one to leave."""
    try:
        data = file.read_bytes()
    except OSError:
        return b""
    if len(data) > _ENTRY_MAX:
        return b""
    lines, inside, found = [], False, False
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        if line.startswith("["):
            inside = bool(_GROUP.match(line))
        name, equals, value = line.partition("=")
        if inside and equals and name.strip() == "Exec":
            program = os.path.basename(value.strip().strip('"').split(" ")[0])  # noqa: PTH119
            if any(fnmatch.fnmatch(program, pattern) for pattern in own):
                return b""
            command = value.strip()
            if script := instead.get(program):
                command = " ".join(["/bin/sh", f'"{script}"', *command.split(" ")[1:]])
            found, line = True, f"Exec={start} {command}"
        if inside and equals and name.strip() == "DBusActivatable":
            continue  # it would be started by the bus, whose environment is the system's
        lines.append(line)
    text = "\n".join([*lines, ""])
    return text.encode("utf-8", "surrogateescape") if found else b""
