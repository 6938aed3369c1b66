"""Runs a notebook as its page does, signs in while it is connected, and prints what came of it.

It is run by the Python whose kernel the notebook shall have, on the machine that the notebook
finds, and takes its wishes as JSON on standard input:

    notebook    path of the file
    click       whether a person presses Connect once the widget is there
    extensions  loaded by IPython at the kernel's start
    secrets     what Colab's page knows
    token       looked for everywhere
    ssh         more options of the ssh command
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from colabwidget.ipc import client
from tests.kit.machine.ssh_client import ssh
from tests.kit.machine.tokens import find_in_files

VIEW = "application/vnd.jupyter.widget-view+json"
HERE = os.getpid()


class Page(NotebookClient):
    """What Colab's page and the widget's do for the kernel."""

    wishes: dict[str, Any]
    kc: Any
    cell: Any = None

    async def before(self, cell: Any, cell_index: int) -> None:
        if self.cell is None:
            # Colab's page goes by the session; nbclient would only look at what the cell says.
            channel = self.kc.iopub_channel
            get_msg = channel.get_msg

            async def get_and_answer(timeout: float | None = None) -> Any:
                msg = await get_msg(timeout=timeout)
                self.answer_colab(msg)
                return msg

            channel.get_msg = get_and_answer
        self.cell = cell

    def answer_colab(self, msg: Any) -> None:
        if msg["msg_type"] != "colab_request":
            return
        assert msg["metadata"]["colab_request_type"] == "GetSecret"
        name = msg["content"]["request"]["key"]
        result["asked"].append(name)
        result["shown_when_asked"] = any(VIEW in it.get("data", {}) for it in self.cell.outputs)
        value = self.wishes["secrets"].get(name)
        data = {"exists": value is not None, "access": True, "payload": value}
        number = msg["metadata"]["colab_msg_id"]
        self.kc.input({"type": "colab_reply", "colab_msg_id": number, "data": data})

    async def after(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        if self.wishes["click"]:
            for output in cell.outputs:
                if VIEW in output.get("data", {}):
                    await self.connect(output["data"][VIEW]["model_id"])
        if cell["id"] == "connect":
            result.update(looked_at(self.wishes))

    async def connect(self, model: str) -> None:
        """Press Connect, and see it happen."""

        def say(kind: str, **content: Any) -> None:
            data = {"method": "custom", "content": {"type": kind, **content}}
            self.kc.shell_channel.send(
                self.kc.session.msg("comm_msg", {"comm_id": model, "data": data})
            )

        options = {"tunnel": "ngrok", "ssh": True}
        say("ready", view="v", serial=-1)
        say("connect", request="r1", options=options, token="", token_secret="NGROK_AUTHTOKEN")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            msg = await self.kc.get_iopub_msg(timeout=60)
            if msg["msg_type"] != "comm_msg":
                continue
            told = msg["content"]["data"].get("content", {})
            if told.get("type") != "state":
                continue
            reply = told["last_reply"] or {"error": None}
            assert reply["error"] is None, reply
            assert told["state"]["phase"] != "failed", told["state"]["error"]
            result["phases"].append(told["state"]["phase"])
            result["host"] = told["host"]
            if told["state"]["phase"] == "connected":
                return
        raise AssertionError(result["phases"])


def looked_at(wishes: dict[str, Any]) -> dict[str, Any]:
    """What is there while it is connected."""
    backend = client.find()
    assert backend
    details = backend.details()["details"]
    journal = backend.journal(0)["text"]
    backend.close()
    with tempfile.TemporaryDirectory() as folder:
        command = "id -un; command -v python; python -c 'import colabwidget; print(1)'"
        done = ssh(details, command, folder=Path(folder), options=tuple(wishes["ssh"]))
    places = [Path.home(), Path("/run"), Path("/home"), Path(wishes["notebook"]).parent]
    return {
        "details": {**details["ssh"], "password": bool(details["ssh"]["password"])},
        "signed_in": done.stdout,
        "ssh_error": done.stderr,
        "journal": journal,
        "password": details["ssh"]["password"],
        "in_files": [str(path) for path in find_in_files([wishes["token"]], *places)],
        "in_processes": in_processes(wishes["token"]),
    }


def in_processes(token: str) -> list[str]:
    """Who has the token, but for us and our kernel, whose environment may be where it is kept."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            own = int(entry.name) == HERE or b"ipykernel" in command
            held = command if own else command + (entry / "environ").read_bytes()
        except OSError:
            continue
        if token.encode() in held:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def processes() -> list[str]:
    names = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                names.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return [name for name in names if any(word in name for word in ("sshd", "ngrok start"))]


result: dict[str, Any] = {"asked": [], "phases": [], "host": {}}


def main() -> None:
    wishes = json.load(sys.stdin)
    path = Path(wishes["notebook"])
    page = Page(
        nbformat.read(path, 4),
        timeout=90,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=True,
        extra_arguments=[f"--InteractiveShellApp.extensions={wishes['extensions']}"],
    )
    page.wishes = wishes
    page.on_cell_execute = page.before
    page.on_cell_executed = page.after
    result["notebook"] = page.execute()
    backend = client.find()
    assert backend
    result["phase"] = backend.status()["snapshot"]["phase"]
    backend.disconnect(force=True)
    result["left"] = processes()
    backend.stop()
    json.dump(result, sys.stdout)


main()
