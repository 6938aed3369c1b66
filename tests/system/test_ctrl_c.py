"""Ctrl-C in a terminal and in a notebook's kernel, whatever is going on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from colabwidget.runtime.children import descendants
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line
from tests.kit.waiting import eventually


@contextmanager
def connecting(machine: Machine, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command line as a terminal runs it: Ctrl-C reaches all that it has started."""
    started = subprocess.Popen(
        machine.command("connect", "--token-stdin", "--user", machine.user, *arguments),
        env=machine.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        preexec_fn=os.setpgrp,
    )
    try:
        assert started.stdin
        started.stdin.write(machine.token.encode())
        started.stdin.close()
        yield started
    finally:
        started.kill()
        started.wait()
        assert started.stderr
        started.stderr.close()


def press_ctrl_c(started: subprocess.Popen[bytes]) -> None:
    os.killpg(started.pid, signal.SIGINT)


def ended_quietly(started: subprocess.Popen[bytes]) -> str:
    assert started.wait(20) == 130
    assert started.stderr
    said = started.stderr.read().decode()
    assert "Traceback" not in said
    return said


def nothing_is_left(machine: Machine) -> bool:
    backend = machine.backend_pid()
    return machine.status()["phase"] == "idle" and not (backend and descendants(backend))


def test_ctrl_c_while_the_backend_starts(machine: Machine) -> None:
    with connecting(machine) as started:
        eventually(lambda: any(map(is_launcher, descendants(started.pid))))
        press_ctrl_c(started)
        ended_quietly(started)
    eventually(lambda: nothing_is_left(machine))
    assert machine.connect()["phase"] == "connected"


def is_launcher(pid: int) -> bool:
    return "colabwidget.backend" in command_line(pid)


def test_a_second_ctrl_c_ends_the_waiting_and_not_the_cancelling(machine: Machine) -> None:
    machine.agent(delay_s=60)
    with connecting(machine) as started:
        eventually(lambda: "Server listening" in machine.journal())
        # What has to be killed, since it does not hear that it shall end, takes its time.
        for pid in descendants(machine.backend_pid() or 0):
            if "sshd" in command_line(pid):
                os.kill(pid, signal.SIGSTOP)
        press_ctrl_c(started)
        eventually(lambda: "Disconnecting." in machine.journal())
        press_ctrl_c(started)
        assert "Cancelling.\n" in ended_quietly(started)
    eventually(lambda: nothing_is_left(machine))
    assert "Disconnected." in machine.journal()


def test_ctrl_c_of_one_who_joined_leaves_the_session_to_the_others(machine: Machine) -> None:
    machine.agent(delay_s=60)
    with connecting(machine) as first:
        eventually(lambda: "SSH server: done" in machine.run("status").stdout)
        with connecting(machine) as second:
            assert second.stderr
            # The steps before it had ended when this request came.
            assert second.stderr.readline().startswith(b"Tunnel: running")
            press_ctrl_c(second)
            assert "Cancelling" not in ended_quietly(second)
        assert machine.status()["phase"] == "working"
        assert first.poll() is None
        press_ctrl_c(first)
        assert "Cancelling" in ended_quietly(first)
    assert nothing_is_left(machine)


@pytest.fixture
def kernel(machine: Machine, tmp_path: Path) -> Iterator[KernelManager]:
    manager = KernelManager(kernel_name="python3")
    environment = {**machine.environment, "IPYTHONDIR": str(tmp_path)}
    manager.start_kernel(env=environment, cwd="/")
    yield manager
    manager.shutdown_kernel(now=True)


def answer(client: Any, asked: str) -> dict[str, Any]:
    """The kernel's answer; one to an earlier question may come late."""
    while True:
        reply: dict[str, Any] = client.get_shell_msg(timeout=20)
        if reply["parent_header"]["msg_id"] == asked:
            return reply


def test_the_interrupt_of_a_cell_takes_everything_back(
    machine: Machine, kernel: KernelManager
) -> None:
    machine.agent(delay_s=60)
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    arguments = f"token={machine.token!r}, user={machine.user!r}"
    asked = client.execute(f"import colabwidget\ncolabwidget.connect({arguments})")
    eventually(lambda: "Server listening" in machine.journal())

    kernel.interrupt_kernel()

    reply = answer(client, asked)
    assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "KeyboardInterrupt")
    assert nothing_is_left(machine)
    asked = client.execute("print('the kernel is well')")
    assert answer(client, asked)["content"]["status"] == "ok"
    client.stop_channels()
