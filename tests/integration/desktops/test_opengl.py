"""``vglrun PROGRAM`` works with and without a GPU."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from colabwidget.desktops.opengl import OpenGl, find_gpu, remove_wrapper
from colabwidget.runtime.journal import Journal


@pytest.fixture
def vglrun(journal: Journal, tmp_path: Path) -> Path:
    """The one of a machine without a GPU."""
    OpenGl(False, tmp_path / "bin", journal).prepare({})
    return tmp_path / "bin" / "vglrun"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-d", "egl"],
        ["-d", ":0", "-c", "proxy"],
        ["+v"],
        ["-sp", "-fps", "30"],
        ["-nodl"],
        ["-display", "egl"],
        ["-quality", "80", "-client", "h", "-compress", "jpeg"],
        ["-port", "4242", "-profile", "-debug", "-sync"],
        ["-samp", "4x", "-st", "left", "-stereo", "quad", "-ssl", "-spoil"],
        ["-trans", "xyz", "-trace", "+tr", "-np", "2", "-nprocs", "2", "-ms", "4"],
        ["-gamma", "2.2", "-g", "+g", "-ge", "+wm", "-ocl", "-xcb", "-verbose"],
        ["-ld", "/none", "--"],
    ],
)
def test_the_program_is_started_whatever_virtualgl_is_told(
    vglrun: Path, options: list[str]
) -> None:
    command = [str(vglrun), *options, "sh", "-c", 'echo "$@"', "sh", "-d", "a  b"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "-d a  b\n", "")


def test_libraries_for_the_program_are_those_that_it_is_told(vglrun: Path) -> None:
    command = [str(vglrun), "-ld", "/one", "-ld", "/two", "sh", "-c", "echo $LD_LIBRARY_PATH"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert done.stdout == "/two:/one\n"


@pytest.mark.parametrize(
    ("model", "renderer", "unused"),
    [
        ("Tesla T4", "llvmpipe (LLVM 15.0.6, 256 bits)", "Tesla T4"),
        ("Tesla T4", "none that works", "Tesla T4"),
        ("Tesla T4", "Tesla T4/PCIe/SSE2", ""),
        ("", "llvmpipe (LLVM 15.0.6, 256 bits)", ""),
    ],
)
def test_a_gpu_that_does_not_draw_is_told(
    journal: Journal, tmp_path: Path, model: str, renderer: str, unused: str
) -> None:
    assert OpenGl(False, tmp_path, journal).unused_gpu(model, renderer) == unused
    said = "\n".join(journal.since(0, 1000)[1])
    assert ("the GPU (Tesla T4) does not draw OpenGL" in said) == bool(unused)


def test_the_program_s_status_is_passed_on(vglrun: Path) -> None:
    assert subprocess.run([vglrun, "sh", "-c", "exit 7"]).returncode == 7


@pytest.mark.parametrize("options", [[], ["-d", "egl"], ["-d"], ["-fps"]])
def test_without_a_program_it_says_how_it_is_used(vglrun: Path, options: list[str]) -> None:
    done = subprocess.run([vglrun, *options], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert done.stderr.startswith("usage: vglrun ")


def test_it_goes_with_the_desktop(journal: Journal, vglrun: Path) -> None:
    OpenGl(False, vglrun.parent, journal).remove()
    assert not vglrun.exists()
    remove_wrapper(vglrun.parent)  # nothing is there any more


def test_somebody_else_s_stays_as_it_is(journal: Journal, tmp_path: Path) -> None:
    theirs = tmp_path / "vglrun"
    theirs.write_text("#!/bin/sh\necho theirs\n")
    opengl = OpenGl(False, tmp_path, journal)
    opengl.prepare({})
    opengl.remove()
    assert theirs.read_text() == "#!/bin/sh\necho theirs\n"


def test_a_machine_without_a_gpu_is_told_plainly(journal: Journal) -> None:
    if Path("/proc/driver/nvidia/gpus").exists():
        pytest.skip("this machine has a GPU")
    assert find_gpu(journal) == ""
    (line,) = journal.since(0, 1000)[1]
    assert line == "No NVIDIA GPU here: OpenGL programs are drawn by the processor, with Mesa."


def test_a_gpu_without_virtualgl_is_no_end(journal: Journal, tmp_path: Path) -> None:
    if Path("/opt/VirtualGL").exists():
        pytest.skip("VirtualGL is installed here")
    OpenGl(True, tmp_path, journal).prepare({})
    assert "VirtualGL is not there" in journal.since(0, 1000)[1][0]
    done = subprocess.run([tmp_path / "vglrun", "echo", "drawn"], capture_output=True, text=True)
    assert done.stdout == "drawn\n"
