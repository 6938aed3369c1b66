"""Cells that were written for remocolab, run by a real IPython kernel; what they print leads in."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from tests.doubles import install_cloudflared
from tests.kit.desktop.vnc_viewer import Viewer
from tests.kit.machine.machine import Machine
from tests.kit.machine.ports import free_port
from tests.kit.machine.ssh_client import forwarding, ssh_password
from tests.kit.machine.tokens import find_in_files, find_in_processes

CUT_HERE = "✂️" * 24
# What remocolab's README lets people paste into a cell, with its import changed.
README = "from colabwidget import remocolab\nremocolab.{call}"
OPTIONS = ["-F", "none", "-o", "ConnectTimeout=20"]


class Notebook:
    """A kernel, and a person who answers what its cells ask."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        environment = {**machine.environment, "IPYTHONDIR": str(folder)}
        self._manager.start_kernel(env=environment, cwd="/")
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self.run(f"from colabwidget import remocolab\nremocolab.user = {machine.user!r}")

    def run(self, cell: str, answers: dict[str, str] | None = None) -> dict[str, Any]:
        """What a cell has printed, asked, shown and failed with; no answers: no person is there.

        Parameters
        ----------
        answers
            By the prompt.
        """
        found: dict[str, Any] = {"stdout": "", "stderr": "", "asked": [], "shown": [], "error": []}

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                found[content["name"]] += content["text"]
            elif message["msg_type"] in ("execute_result", "display_data"):
                found["shown"].append(content["data"])
            elif message["msg_type"] == "error":
                found["error"] = content["traceback"]

        def answer(message: dict[str, Any]) -> None:
            content = message["content"]
            assert answers
            found["asked"].append((content["prompt"], content["password"]))
            self._client.input(answers[content["prompt"]])

        self._client.execute_interactive(
            cell,
            allow_stdin=answers is not None,
            output_hook=hear,
            stdin_hook=answer,
            timeout=100,
        )
        return found

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(machine: Machine, tmp_path: Path) -> Iterator[Notebook]:
    made = Notebook(machine, tmp_path)
    yield made
    made.close()


def password_in(printed: str, user: str) -> str:
    found = re.search(rf"^{user} password: (\S+)$", printed, re.M)
    assert found, printed
    return found[1]


def command_in(printed: str) -> list[str]:
    found = re.search(rf"^{CUT_HERE}\n(ssh .*)\n{CUT_HERE}$", printed, re.M)
    assert found, printed
    return shlex.split(found[1])


@contextmanager
def answering(printed: str, user: str, folder: Path) -> Iterator[dict[str, str]]:
    """An environment in which ssh is answered as by a person who reads what was printed.

    Who types the fingerprint instead of "yes" lets ssh compare it.
    """
    key = re.search(r"^256 (SHA256:\S+) .*\(ED25519\)$", printed, re.M)
    assert key, printed
    words = {
        name: shlex.quote(word) for name, word in (("key", key[1]), ("heard", f"{folder}/heard"))
    }
    with ssh_password(password_in(printed, user)) as environment:
        program = Path(environment["SSH_ASKPASS"])
        password = program.read_text().splitlines()[1]
        program.write_text(
            f'#!/bin/sh\ncase $1 in *fingerprint*) echo "$1" > {words["heard"]}; '
            f"echo {words['key']};; *) {password};; esac\n"
        )
        yield environment


def signed_in(printed: str, user: str, folder: Path, path: str = os.environ["PATH"]) -> bool:
    """Whether the command and the password that were printed lead in."""
    with answering(printed, user, folder) as environment:
        done = subprocess.run(
            [*command_in(printed), *OPTIONS, "whoami"],
            env={**environment, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    assert done.stdout == f"{user}\n", done.stderr
    # The picture of the host key that ssh shows is the one that was printed.
    heard = (folder / "heard").read_text().splitlines()
    picture = [line for line in heard if line.startswith(("|", "+"))]
    assert len(picture) == 11 and all(line in printed for line in picture)
    return True


def test_the_cell_of_the_readme_asks_prints_and_leads_in(
    machine: Machine, notebook: Notebook, tmp_path: Path
) -> None:
    cell = README.format(call='setupSSHD(tunnel = "ngrok")')
    first = notebook.run(cell, {"Password:": machine.token, "": "eu"})

    assert first["error"] == []
    assert first["asked"] == [("Password:", True), ("", False)]
    assert signed_in(first["stdout"], machine.user, tmp_path)
    password = password_in(first["stdout"], machine.user)
    parts = [
        "---\n",
        "Copy&paste your tunnel authtoken from https://dashboard.ngrok.com/",
        "Select your ngrok region:\n",
        "eu - Europe",
        "SSH server: done",
        "ED25519 key fingerprint of host:\n256 SHA256:",
        f"\n{CUT_HERE}\nroot password: none",
        f"\n{machine.user} password: {password}\n{CUT_HERE}\n---\n",
        f"Command to connect to the ssh server:\n{CUT_HERE}\nssh -o UserKnownHostsFile=/dev/null "
        "-o VisualHostKey=yes -p ",
        "This output is saved with the notebook",
    ]
    places = [first["stdout"].find(part) for part in parts]
    assert -1 not in places and places == sorted(places), (places, first["stdout"])
    # The message is returned, and not shown a second time by being the cell's last word.
    assert first["shown"] == []
    checked = (
        "message = _\nassert isinstance(message, str) and 'password' in message\nrepr(message)"
    )
    assert "password" not in str(notebook.run(checked)["shown"])

    # Again, with no person there to be asked: the same connection, and nothing was reset.
    for again in (cell, README.format(call="setupSSHD(tunnel='ngrok', ngrok_region='eu')")):
        second = notebook.run(again)
        assert second["error"] == [] and second["asked"] == []
        assert command_in(second["stdout"]) == command_in(first["stdout"])
        assert password_in(second["stdout"], machine.user) == password
    assert signed_in(second["stdout"], machine.user, tmp_path)
    assert machine.token not in f"{first}{second}"
    assert find_in_files([machine.token], tmp_path) == []
    assert find_in_processes([machine.token]) == []


def test_a_token_in_the_code_is_used_once_and_warned_of(
    machine: Machine, notebook: Notebook, tmp_path: Path
) -> None:
    cell = f"remocolab.ngrok_token = {machine.token!r}\nremocolab.ngrok_region = 'jp'\n"
    done = notebook.run(f"{cell}remocolab.setupSSHD()")

    assert done["error"] == [] and done["asked"] == []
    assert "as none was named" not in done["stdout"]  # a token names its tunnel
    assert "stands in this notebook" in done["stderr"] and "token_secret" in done["stderr"]
    assert machine.token not in f"{done}"
    assert command_in(done["stdout"])[-1].startswith(machine.user)
    assert notebook.run("remocolab.ngrok_token is None")["shown"][0]["text/plain"] == "True"
    assert signed_in(done["stdout"], machine.user, tmp_path)
    # It is gone, and needed no more: the connection is there.
    again = notebook.run("remocolab.setupSSHD()")
    assert (again["error"], again["stderr"]) == ([], "")
    assert command_in(again["stdout"]) == command_in(done["stdout"])
    machine.disconnect()

    # Without it, and with no person to ask, the three sentences say what is missing.
    refused = notebook.run("remocolab.setupSSHD(tunnel='ngrok')")
    assert "No authtoken was given." in refused["error"]
    # By name, as the warning advises; an unknown region is told before anything is changed.
    machine.token = machine.token.swapcase()
    notebook.run(f"import os\nos.environ['MY_NGROK'] = {machine.token!r}")
    named = notebook.run("remocolab.token_secret = 'MY_NGROK'\nremocolab.setupSSHD(tunnel='ngrok')")
    assert named["error"] == [] and "stands in this notebook" not in named["stderr"]
    assert signed_in(named["stdout"], machine.user, tmp_path)
    wrong = notebook.run("remocolab.setupSSHD('atlantis', tunnel='ngrok')")
    assert "atlantis" in wrong["error"][0]


def test_cloudflare_s_tunnel_is_the_one_without_a_wish(
    machine: Machine, notebook: Notebook, tmp_path: Path
) -> None:
    made = install_cloudflared(machine.folder / "client")
    notebook.run(f"import os\nos.environ['PATH'] = '{made.parent}:' + os.environ['PATH']")

    done = notebook.run(README.format(call="setupSSHD()"))

    assert done["error"] == []
    assert 'tunnel="argotunnel" is used' in done["stdout"]
    assert "Your computer needs cloudflared:\n  macOS: brew install" in done["stdout"]
    path = f"{made.parent}:{os.environ['PATH']}"
    assert "ProxyCommand=cloudflared access ssh --hostname %h" in command_in(done["stdout"])
    assert signed_in(done["stdout"], machine.user, tmp_path, path)


@pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server")
@pytest.mark.usefixtures("only_desktop")
def test_the_cell_for_a_desktop_prints_how_to_see_it(
    machine: Machine, notebook: Notebook, tmp_path: Path
) -> None:
    cell = README.format(call="setupVNC(tunnel = 'ngrok')")
    question = "Do you want to continue? [y/n] "
    no = notebook.run(cell, {question: "n"})
    assert "This is not a runtime with GPU\n" in no["stdout"]
    assert (no["error"], no["shown"], machine.backend_pid()) == ([], [], None)

    done = notebook.run(cell, {question: "y", "Password:": machine.token, "": ""})

    assert done["error"] == []
    printed = done["stdout"]
    lines = printed.splitlines()
    vnc = [line for line in lines if line.startswith("VNC ")]
    assert [line.partition(":")[0] for line in vnc] == [
        "VNC password",
        "VNC view only password",
    ]
    start = lines.index(vnc[0])
    assert lines[start - 1] == lines[start + 2] == lines[start - 3] == CUT_HERE
    assert lines[start - 4].startswith("Execute following command on your local machine")
    # On this machine, the viewer's port is the desktop's own: another is used.
    here = free_port()
    command = lines[start - 2].replace("-L 5901:", f"-L {here}:")
    assert command != lines[start - 2]
    with (
        answering(printed, machine.user, tmp_path) as environment,
        forwarding([*shlex.split(command), *OPTIONS], environment, here),
        Viewer(here, vnc[0].partition(": ")[2]) as viewer,
    ):
        assert viewer.size == (1600, 900)
