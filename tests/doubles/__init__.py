"""Stand-ins for programs and services that tests cannot reach."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# The interpreter at hand: the first python3 on PATH may be a slow shim, or there may be none.
SHEBANG = f"#!{sys.executable} -IS\n"


def install_ngrok(folder: Path, **faults: Any) -> Path:
    """The path of a stand-in ngrok agent, installed as `ngrok` in `folder` (made if missing).

    Parameters
    ----------
    folder
        Put it first on PATH, or hand the returned path to pyngrok as `ngrok_path`.
    faults
        What shall go wrong; see the docstring of `tests.doubles.ngrok`. None: all is well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    agent = folder / "ngrok"
    with agent.open("wb") as file:
        file.write(SHEBANG.encode())
        # A zip file is a program to Python: one file, compiled once for all that are installed.
        with zipfile.PyZipFile(file, "w") as archive:
            archive.writestr("__main__.py", "from ngrok.program import run\n\nrun()\n")
            archive.writepy(str(HERE / "ngrok"))
    agent.chmod(0o755)
    set_behaviour(agent, **faults)
    return agent


def set_behaviour(agent: Path, **faults: Any) -> None:
    """The stand-in at `agent` has exactly these faults from its next start, session or POST on."""
    _write(agent.with_name("behaviour.json"), faults)


def install_cloudflared(folder: Path, **faults: Any) -> Path:
    """The path of a stand-in cloudflared, installed in `folder` (made if missing).

    Parameters
    ----------
    folder
        Put it first on the PATH of the machine that opens a tunnel, and of the client.
    faults
        What shall go wrong; see the program's own docstring. None: all is well.
    """
    made = _install(folder, "cloudflared")
    set_cloudflared(made, **faults)
    return made


def set_cloudflared(made: Path, **faults: Any) -> None:
    """The stand-in at `made` has exactly these faults from now on."""
    _write(made.with_name("cloudflared.json"), faults)


def install_bore(folder: Path) -> Path:
    """The path of a stand-in for bore's client, installed in `folder` (made if missing)."""
    return _install(folder, "bore")


def cloudflared_binary(folder: Path, standin: Path, padding: int = 0) -> Path:
    """The path of a real program (ELF) in `folder` that does what a stand-in does.

    Parameters
    ----------
    folder
        Made if missing.
    standin
        An installed stand-in.
    padding
        Bytes at its end that do nothing, for a file of some size; the real one has 40 MB.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "cloudflared-binary"
    words = [json.dumps(word) for word in (sys.executable, "-IS", str(standin))]
    source = f"""
        #include <unistd.h>
        int main(int count, char **given) {{
            char *words[count + 3];
            char *first[] = {{{", ".join(words)}}};
            for (int i = 0; i < 3; i++) words[i] = first[i];
            for (int i = 1; i <= count; i++) words[i + 2] = given[i];
            return execv(words[0], words);
        }}"""
    subprocess.run(
        ["cc", "-x", "c", "-w", "-o", str(made), "-"], input=source, text=True, check=True
    )
    with made.open("ab") as file:
        file.write(os.urandom(padding))
    return made


def _install(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / name
    body = (HERE / name).read_text().partition("\n")[2]
    made.write_text(f"{SHEBANG}{body}")
    made.chmod(0o755)
    return made


def _write(path: Path, faults: dict[str, Any]) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(faults))
    new.replace(path)


@contextmanager
def flooding_backend(
    python: str | Path, environment: dict[str, str]
) -> Iterator[tuple[int, Callable[[Any], None]]]:
    """A backend that serves meanwhile: its process id, and what gives it an order."""
    with subprocess.Popen(
        [python, HERE / "flooding_backend.py"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as backend:
        assert backend.stdin and backend.stdout
        assert backend.stdout.readline() == b"ready\n"

        def add(order: Any) -> None:
            assert backend.stdin
            backend.stdin.write(f"{json.dumps(order)}\n".encode())
            backend.stdin.flush()

        yield backend.pid, add
        backend.stdin.close()
