"""The patches of ipykernel in a kernel of the installed version."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from colabwidget.kernel import ipykernel_patches

IN_A_KERNEL = """
import json, os
from colabwidget import Terminal
from colabwidget.kernel import ipykernel_patches
terminal = Terminal()
kernel = get_ipython().kernel
comm = terminal.comm
print(json.dumps({
    "comm": comm.comm_id,
    "status": "_publish_status" in vars(kernel),
    "routes": hasattr(type(comm), "_reply_subshell_for"),
    "routed": "_reply_subshell_for" in vars(comm),
}))
"""


@pytest.mark.parametrize("switch", ["1", "0"])
def test_the_installed_ipykernel_is_patched_and_publishes_every_status(
    switch: str, runtime: Path
) -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ, ipykernel_patches.SWITCH: switch})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        printed: list[str] = []

        def on_output(message: dict[str, Any]) -> None:
            printed.append(message["content"].get("text") or str(message["content"]))

        def hook(message: dict[str, Any]) -> None:
            if message["msg_type"] in ("stream", "error"):
                on_output(message)

        reply = client.execute_interactive(IN_A_KERNEL, timeout=60, output_hook=hook)
        assert reply["content"]["status"] == "ok", printed
        found = json.loads("".join(printed))
        assert found["status"] == (switch == "1")
        assert found["routed"] == (found["routes"] and switch == "1")

        data = {"method": "custom", "content": {"type": "ready", "page": "p"}}
        message = client.session.msg("comm_msg", {"comm_id": found["comm"], "data": data})
        client.shell_channel.send(message)
        came: list[str] = []
        while came.count("idle") < 1:
            heard = client.get_iopub_msg(timeout=30)
            if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind = heard["msg_type"]
            came.append(heard["content"]["execution_state"] if kind == "status" else kind)
        order = ["comm_msg", "busy", "idle"] if switch == "1" else ["busy", "comm_msg", "idle"]
        assert came == order
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
