"""The program: its commands, signals and exit codes."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

from .agent import Agent
from .api import Api
from .behaviour import behaviour
from .config import config_path, options_of, read_config
from .errors import VERSION, Failure
from .log import Log


def record(path: str, argv: list[str], token: str, source: str) -> None:
    masked = [arg.replace(token, "********") if token else arg for arg in argv]
    with Path(path).open("a") as file:
        file.write(
            json.dumps({"argv": masked, "environment": sorted(os.environ), "token_from": source})
            + "\n"
        )


def start(argv: list[str], drop: threading.Event) -> int:
    faults = behaviour()
    if "exit_at_once" in faults:
        return int(faults["exit_at_once"])
    options = options_of(argv)
    log = Log(options["log"])
    # As the real agent does: a flag goes before the environment, the environment before the file.
    path = config_path(options)
    config = read_config(path) if options["config"] or path.exists() else {}
    sources = {
        "argv": options["authtoken"],
        "environment": os.environ.get("NGROK_AUTHTOKEN", ""),
        "config": str(config.get("authtoken") or ""),
    }
    source = next((name for name, value in sources.items() if value), "")
    token = sources.get(source, "")
    if "record" in faults:
        record(faults["record"], sys.argv, token, source)
    if faults.get("silent"):
        threading.Event().wait()
    agent = Agent(log, token, options["region"] or str(config.get("region") or ""), drop)
    log("info", "open config file", path=path, err="nil")
    try:
        if str(config.get("web_addr")).lower() != "false":
            Api(agent, config.get("web_addr"))
        agent.run()
    except Failure as failure:
        log("crit", "command failed", err=failure)
        # The real one shuts its parts down first. pyngrok reads no more of one that has ended.
        time.sleep(0.1)
        raise


def obey(signals: set[signal.Signals], drop: threading.Event) -> NoReturn:
    """The two of users drop the session; another one ends the process, whatever it waits for."""
    while (number := signal.sigwait(signals)) in (signal.SIGUSR1, signal.SIGUSR2):
        for agent in Agent.running:
            agent.restarts = number == signal.SIGUSR2
        drop.set()
    os._exit(0)


def outlive(code: int) -> None:
    """The agent has ended; what is left of it goes on, with its output in hand."""
    agent = os.getpid()
    if os.fork():
        os._exit(code)
    while os.getppid() == agent:
        time.sleep(0.001)


def main(argv: list[str], drop: threading.Event) -> int:
    if argv in (["version"], ["--version"], ["-v"]):
        print(f"ngrok version {behaviour().get('version', VERSION)}")
        return 0
    if argv[:2] == ["config", "check"]:
        path = config_path(options_of(argv[2:]))
        read_config(path)
        print(f"Valid configuration file at {path}")
        return 0
    if argv[:1] == ["start"] and "--none" in argv:
        return start(argv[1:], drop)
    # `config add-authtoken` is left out: the stand-in never writes a secret to disk.
    raise Failure(f"the stand-in does not know this command: {' '.join(argv[:2])}")


def run() -> NoReturn:
    """The command of `sys.argv` is carried out, and the process ends with its code."""
    # Signals are waited for, never delivered: a handler would run between two steps of the main
    # thread, and not at all while that thread is inside a wait that began just after the signal.
    signals = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    drop = threading.Event()
    threading.Thread(target=obey, args=(signals, drop), daemon=True).start()
    try:
        code = main(sys.argv[1:], drop)
    except Failure as failure:
        for text in str(failure).splitlines() or [""]:
            print(f"ERROR:  {text}", file=sys.stderr)
        code = 1
    except BrokenPipeError:
        code = 1
    if behaviour().get("held_back"):
        outlive(code)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    sys.stderr.flush()
    # A plain exit would wait for threads that sit in accept() and recv().
    os._exit(code)
