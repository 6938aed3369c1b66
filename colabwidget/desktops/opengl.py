"""OpenGL on the desktop: VirtualGL on an NVIDIA GPU, else Mesa on the processor.

A VNC server's display is drawn by the processor. With a GPU, VirtualGL's ``vglrun`` lets a program
draw there (its EGL back end needs no X server on the GPU) and brings the pictures to the display.
Without a GPU, colabwidget's own ``vglrun`` starts the program as it is, so that the command works
everywhere.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from colabwidget.access.account import Account, as_account
from colabwidget.core.details import SOFTWARE_OPENGL
from colabwidget.runtime import process
from colabwidget.runtime.apt import Need, program
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.debs import deb_on_github
from colabwidget.system.machine import gpu_models
from colabwidget.system.rights import is_root

NEEDS = (Need("glxinfo", "mesa-utils"),)
VIRTUALGL = "/opt/VirtualGL/bin/vglrun"
# `scripts/releases.py` prints the sums; the makers publish none but GitHub's of each file.
_SUMS = {
    "amd64": "02edc6b599571c385389af1a006f07a70c298e1d97c580a9bfd4b39d835c51e6",
    "arm64": "",
}
RELEASES = deb_on_github("VirtualGL", "VirtualGL/virtualgl", "3.1.4", _SUMS)
SYSTEM_FOLDER = Path("/usr/local/bin")
_MARK = "# Written by colabwidget; removed when the desktop ends."
_VENDOR = Path("/usr/share/glvnd/egl_vendor.d/10_nvidia.json")
_VENDOR_TEXT = json.dumps(
    {"file_format_version": "1.0.0", "ICD": {"library_path": "libEGL_nvidia.so.0"}}
)
_NONE = "none that works"
_SOFTWARE = re.compile(f"{SOFTWARE_OPENGL}|{_NONE}", re.IGNORECASE)
_RENDERER = re.compile(r"OpenGL renderer string:\s*(.+)")
_GLXINFO_TIMEOUT = 20.0  # seconds

_ON_THE_GPU = """\
#!/bin/sh
{mark}
# VirtualGL's EGL back end draws on the GPU without an X server there.
export VGL_DISPLAY="${{VGL_DISPLAY:-egl}}"
exec {virtualgl} "$@"
"""
_ON_THE_PROCESSOR = """\
#!/bin/sh
{mark}
# There is no GPU to draw on: programs draw with Mesa on the processor, as they do without vglrun.
# VirtualGL's own options are taken, also by their first letters as it takes them, so that the same
# command line works everywhere: those with a value, those for the program's libraries, the others.
while [ $# -gt 0 ]; do
    case "$1" in
        --) shift; break ;;
        -h|--help) set --; break ;;
        -ld|-ldp)
            if [ "$1" = -ld ]; then
                export LD_LIBRARY_PATH="${{2-}}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
            else
                export LD_PRELOAD="${{2-}}${{LD_PRELOAD:+:$LD_PRELOAD}}"
            fi
            shift; [ $# = 0 ] || shift ;;
        -de*|-pr*|-sp*|-sy*|-nodl) shift ;;
        -c*|-d*|-fps|-gamma|-ms|-np*|-p*|-q*|-sa*|-st*|-trans*) shift; [ $# = 0 ] || shift ;;
        -*|+*) shift ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || {{ echo "usage: vglrun PROGRAM [ARGUMENTS]" >&2; exit 1; }}
exec "$@"
"""


def find_gpu(journal: Journal) -> str:
    """Return the model of the first NVIDIA GPU; an empty string, and a plain line, without one."""
    models = gpu_models()
    if not models:
        journal.add("No NVIDIA GPU here: OpenGL programs are drawn by the processor, with Mesa.")
        return ""
    journal.add(f"GPU: {', '.join(models)}.")
    if len(models) > 1:
        journal.add("OpenGL is drawn on the first GPU; vglrun -d egl1 PROGRAM uses the second.")
    return models[0]


class OpenGl:
    """What makes ``vglrun PROGRAM`` work; there as long as the desktop is.

    Parameters
    ----------
    gpu
        Whether there is a GPU to draw on.
    folder
        Where ``vglrun`` is put, such as `SYSTEM_FOLDER`. Another program's stays there.
    journal
        Gets a line for what is used.
    """

    def __init__(self, gpu: bool, folder: Path, journal: Journal) -> None:
        self._gpu = gpu and bool(program(VIRTUALGL))
        self._journal = journal
        if gpu and not self._gpu:
            journal.add("VirtualGL is not there: OpenGL programs are drawn by the processor.")
        self._wrapper = folder / "vglrun"

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Write ``vglrun``, and the EGL vendor file where a container lacks it."""
        text = _ON_THE_GPU if self._gpu else _ON_THE_PROCESSOR
        if not self._wrapper.exists() or _is_ours(self._wrapper):
            self._wrapper.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._wrapper.write_text(text.format(mark=_MARK, virtualgl=VIRTUALGL))
            self._wrapper.chmod(0o755)
        if self._gpu and is_root() and not _VENDOR.exists() and _egl_is_there(environment):
            _VENDOR.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            _VENDOR.write_text(_VENDOR_TEXT)
            self._journal.add(f"Wrote {_VENDOR}, which NVIDIA's EGL needs.")

    async def renderer(
        self, account: Account, variables: Mapping[str, str], users: Mapping[str, str]
    ) -> str:
        """Return what draws for a program started with ``vglrun``.

        Parameters
        ----------
        account
            Runs the program.
        variables
            Those of the desktop's parts.
        users
            Those of the user's programs, which may name the folder of the GPU's driver.
        """
        command = as_account(account, [str(self._wrapper), program("glxinfo") or "glxinfo", "-B"])
        drivers = ":".join(_driver_folders(users))
        seen = {**variables, "LD_LIBRARY_PATH": drivers} if drivers else variables
        status, said = await process.output(command, _GLXINFO_TIMEOUT, environment=seen)
        found = _RENDERER.search(said)
        if status == 0 and found:
            return found.group(1).strip()
        self._journal.add(f"vglrun glxinfo ended with status {status}: {said[-300:]}")
        return _NONE

    def unused_gpu(self, model: str, renderer: str) -> str:
        """Return the model of a GPU that does not draw; a line of the journal tells how to look.

        Parameters
        ----------
        model
            Of the GPU that is there; empty for none.
        renderer
            What draws, from `renderer`.
        """
        if not model or not _SOFTWARE.search(renderer):
            return ""
        self._journal.add(
            f"Warning: the GPU ({model}) does not draw OpenGL, the processor does ({renderer}). "
            "Run `nvidia-smi` and `vglrun +v glxinfo -B` in the desktop's terminal: they tell why."
        )
        return model

    def remove(self) -> None:
        """Remove ``vglrun``."""
        remove_wrapper(self._wrapper.parent)


def remove_wrapper(folder: Path) -> None:
    """Remove colabwidget's ``vglrun``, also that of a backend that was killed."""
    with contextlib.suppress(OSError):
        if _is_ours(folder / "vglrun"):
            (folder / "vglrun").unlink()


def _is_ours(path: Path) -> bool:
    return path.is_file() and _MARK in path.read_text(errors="replace")


def _driver_folders(environment: Mapping[str, str]) -> list[str]:
    """Return the folders of NVIDIA's driver among those in which libraries are looked for."""
    folders = environment.get("LD_LIBRARY_PATH", "").split(":")
    return [each for each in folders if each and [*Path(each).glob("lib*_nvidia.so.*")]]


def _egl_is_there(environment: Mapping[str, str]) -> bool:
    """Tell whether the driver's EGL library can be loaded by programs of the session."""
    folders = [*environment.get("LD_LIBRARY_PATH", "").split(":"), "/usr/lib64-nvidia"]
    folders += [str(folder) for folder in Path("/usr/lib").glob("*-linux-gnu")]
    return any(Path(folder, "libEGL_nvidia.so.0").exists() for folder in folders if folder)
