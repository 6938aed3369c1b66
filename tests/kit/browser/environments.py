"""Environments of notebook servers that are not those of their kernels."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

_FOLDERS = ("share/jupyter/labextensions", "share/jupyter/nbextensions", "etc/jupyter")


class ServerEnvironment:
    """A real environment that can run a server but lacks anywidget; kernels are of the other one.

    Parameters
    ----------
    python
        That of the kernels, whose packages the server has, but for front ends.
    folder
        Where it is made.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self._kernels = python.parent.parent
        self.kernels_python = python
        self.folder = folder
        self.python = folder / "bin/python"
        made = ["-m", "venv", "--without-pip", str(folder)]
        subprocess.run([str(python), *made], check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        theirs = self._kernels / packages.relative_to(folder)
        (packages / "others.pth").write_text(f"import site; site.addsitedir({str(theirs)!r})\n")
        for name in _FOLDERS:
            self._link(name, but="anywidget")
        self._link("share/jupyter", but="*extensions")
        (folder / "share/jupyter/kernels").unlink(missing_ok=True)
        kernel = folder / "share/jupyter/kernels/python3/kernel.json"
        kernel.parent.mkdir(parents=True)
        argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        kernel.write_text(json.dumps(spec))

    def install_anywidget(self) -> None:
        """What an installation of anywidget adds to an environment, for servers."""
        for name in _FOLDERS:
            self._link(name)

    def _link(self, name: str, but: str = "") -> None:
        """Link what the kernels' environment has in a folder, and is not here yet."""
        for path in (self._kernels / name).glob("*"):
            mine = self.folder / name / path.name
            if not mine.exists() and not (but and path.match(but)):
                mine.parent.mkdir(parents=True, exist_ok=True)
                mine.symlink_to(path)
