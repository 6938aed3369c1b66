"""Stand-ins for programs and services that tests cannot reach."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def install_ngrok(folder: Path, **faults: Any) -> Path:
    """The path of a stand-in ngrok agent, installed as `ngrok` in `folder` (made if missing).

    Parameters
    ----------
    folder
        Put it first on PATH, or hand the returned path to pyngrok as `ngrok_path`.
    faults
        What shall go wrong; see the agent's own docstring. None: all is well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    agent = folder / "ngrok"
    body = (HERE / "ngrok").read_text().partition("\n")[2]
    # The interpreter at hand: the first python3 on PATH may be a slow shim, or there may be none.
    agent.write_text(f"#!{sys.executable} -IS\n{body}")
    agent.chmod(0o755)
    set_behaviour(agent, **faults)
    return agent


def set_behaviour(agent: Path, **faults: Any) -> None:
    """The stand-in at `agent` has exactly these faults from its next start, session or POST on."""
    new = agent.with_name("behaviour.json.new")
    new.write_text(json.dumps(faults))
    new.replace(agent.with_name("behaviour.json"))


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
