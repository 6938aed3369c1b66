"""The notebook server that has started this process, where it runs on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_ANCESTORS_MAX = 20
#: What a server calls the file that says where it is, and where it looks for front ends.
_KINDS = (("jpserver-{}.json", "labextensions"), ("nbserver-{}.json", "nbextensions"))


class NotebookServer(NamedTuple):
    """A server of JupyterLab, Notebook 7 or the classic Notebook.

    Parameters
    ----------
    python
        The interpreter that runs it, by the name that belongs to its environment.
    prefix
        Its environment.
    began
        When it was started, in seconds since the epoch.
    front_end
        When anywidget's front end was put where it looks for that, in seconds since the epoch;
        ``None`` where it is not there.
    """

    python: Path
    prefix: Path
    began: float
    front_end: float | None


def find_server(
    runtime: Path, pid: int | None = None, proc: Path = Path("/proc")
) -> NotebookServer | None:
    """Return the server among the processes that this one descends from.

    Parameters
    ----------
    runtime
        Where it keeps the files of its kernels, and one that is named after itself.
    pid
        The process whose ancestors are looked at; this one unless given.
    proc
        Where proc(5) is.

    Returns
    -------
    NotebookServer or None
        ``None`` where none is found: it runs on another machine, in another container, or this
        process was not started by one.
    """
    for ancestor in _ancestors(os.getpid() if pid is None else pid, proc):
        for name, extensions in _KINDS:
            try:
                began = (runtime / name.format(ancestor)).stat().st_mtime
                python = _python(proc / str(ancestor))
            except OSError:
                continue
            prefix = python.parent.parent
            places = _data_folders(prefix, _environment(proc / str(ancestor)))
            found = [time for place in places if (time := _put_at(place / extensions)) is not None]
            return NotebookServer(python, prefix, began, found[0] if found else None)
    return None


def _ancestors(pid: int, proc: Path) -> Iterator[int]:
    for _ in range(_ANCESTORS_MAX):
        try:
            pid = int((proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return
        if pid < 1:
            return
        yield pid


def _python(process: Path) -> Path:
    """Return the name by which a process's interpreter was started, since a venv's is a link.

    Raises
    ------
    OSError
        The process is gone, or another account's.
    """
    program = (process / "exe").resolve(strict=True)
    first = os.fsdecode((process / "cmdline").read_bytes().partition(b"\0")[0])
    if "/" in first:
        named = [(process / "cwd").resolve() / first]
    else:
        folders = _environment(process).get("PATH", os.defpath).split(os.pathsep)
        named = [Path(folder) / first for folder in folders if folder]
    return next((path for path in named if path.resolve() == program), program)


def _environment(process: Path) -> dict[str, str]:
    try:
        pairs = os.fsdecode((process / "environ").read_bytes()).split("\0")
    except OSError:
        return {}
    return {name: value for name, mark, value in (pair.partition("=") for pair in pairs) if mark}


def _data_folders(prefix: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return where a server looks for front ends, as ``jupyter --paths`` prints it."""
    home = Path(environment.get("HOME") or Path.home())
    data = environment.get("XDG_DATA_HOME") or home / ".local/share"
    return [
        *map(Path, filter(None, environment.get("JUPYTER_PATH", "").split(os.pathsep))),
        prefix / "share/jupyter",
        Path(environment.get("JUPYTER_DATA_DIR") or Path(data) / "jupyter"),
        Path(environment.get("PYTHONUSERBASE") or home / ".local") / "share/jupyter",
        Path("/usr/local/share/jupyter"),
        Path("/usr/share/jupyter"),
    ]


def _put_at(extensions: Path) -> float | None:
    """Return when anywidget's folder was made there.

    That of a file would not do: package managers keep its time, or link it from another place.
    """
    try:
        return (extensions / "anywidget").lstat().st_ctime
    except OSError:
        return None
