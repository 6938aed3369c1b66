"""ngrok, through pyngrok.

pyngrok fetches the agent, starts it and speaks its API. Three things it leaves to us:
it would put the token on the agent's command line, where ``ps`` shows it, so the token goes
into a private config file that is there only while the agent starts; it reads the agent's
output without a time limit, so a silent agent is killed from outside; and it does not tie the
agent's life to ours, so the agent is started through ``setpriv``.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import re
import shlex
import shutil
import signal
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pyngrok import conf, installer, ngrok
from pyngrok import process as agent_process
from pyngrok.exception import PyngrokError, PyngrokNgrokHTTPError, PyngrokNgrokInstallError
from pyngrok.log import NgrokLog

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError, disk_full
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime import children, process
from colabwidget.runtime.http import certificate_refused, no_way
from colabwidget.runtime.port_probe import CLOSED, GREETED, probe
from colabwidget.runtime.throttle import RateLimiter
from colabwidget.system import paths
from colabwidget.system.files import ensure_private, write_private
from colabwidget.system.procfs import resume_if_stopped
from colabwidget.tunnels.base import Tunnel, TunnelContext
from colabwidget.tunnels.ngrok.errors import ngrok_error
from colabwidget.tunnels.ngrok.spec import SPEC

START_TIMEOUT = 15  # seconds; an agent with a network needs about one
_API_TIMEOUT = 15.0  # seconds
_DOWNLOAD_TIMEOUT = 20.0  # seconds without a byte
_DOWNLOADS = "bin.ngrok.com"
_LOOK_EVERY = 0.2  # seconds
_SIGNS_OF_NO_NETWORK = 2  # the agent retries for ever; one failure may be chance

_ASK = b"GET /api/endpoints HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
_CODE = re.compile(r"ERR_NGROK_(\d+)")
_NO_NETWORK = re.compile(
    r"no such host|network is unreachable|connection refused|i/o timeout|no route to host"
    r"|temporary failure in name resolution|server misbehaving",
    re.I,
)
_INTERCEPTED = re.compile(r"x509:|certificate signed by unknown authority", re.I)

_Result = TypeVar("_Result")


class NgrokTunnel(Tunnel):
    """A TCP endpoint of ngrok.

    Parameters
    ----------
    options, token
        Of which the region counts; and the account's authtoken.
    context
        What it may use of the backend.
    """

    title = "the ngrok agent"
    gone = "tunnel_gone"
    check_every = 5.0  # seconds
    spec = SPEC

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        self._token = token
        self._region = options.region
        self._context = context
        self._loop = asyncio.get_running_loop()
        # One thread for all calls: PR_SET_PDEATHSIG counts from the thread that starts the agent.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ngrok")
        self._config = context.directory / "ngrok.yml"
        self._launcher = _new_launcher(ensure_private(paths.state_directory()))
        self._broken: asyncio.Future[str] = self._loop.create_future()
        self._recent: list[str] = []
        self._signs = 0
        self._pyngrok: conf.PyngrokConfig | None = None
        self._starting: agent_process.NgrokProcess | None = None
        self._watcher: asyncio.Future[None] | None = None
        self._closed = False
        self._limiter = RateLimiter(lambda line: context.journal.add(f"ngrok: {line}"))
        self._api_port = 0
        self._online = False
        self._refused = False

    async def prepare(self) -> None:
        """Have the agent's program, start it and sign in."""
        self._context.progress("starting the ngrok agent", None)
        program = await self._ensure_program()
        write_private(
            self._launcher,
            f'#!/bin/sh\nexec {shlex.join(process.die_with_backend([program]))} "$@"\n',
            mode=0o700,
        )
        write_private(
            self._config,
            # JSON is YAML, and needs no quoting of our own.
            json.dumps(
                {
                    "version": "3",
                    "agent": {"authtoken": self._token.reveal(), "update_check": False},
                }
            ),
        )
        self._pyngrok = conf.PyngrokConfig(
            ngrok_path=str(self._launcher),
            config_path=str(self._config),
            region=self._region or None,
            startup_timeout=START_TIMEOUT,
            request_timeout=_API_TIMEOUT,
            start_new_session=True,
            max_logs=20,
            log_event_callback=self._heard,
        )
        config = self._pyngrok
        try:
            agent = await self._in_thread(lambda: self._start(config), START_TIMEOUT + 1.0)
        except (PyngrokError, OSError, asyncio.TimeoutError) as error:
            raise self._recognised(error, program) from error
        finally:
            # The agent has read it, and pyngrok needs neither the file nor the copy that it keeps.
            self._config.unlink(missing_ok=True)
            installer._config_cache.pop(str(self._config), None)
        children.register(agent.proc.pid)
        self._api_port = urlsplit(str(agent.api_url)).port or 0
        self._watcher = asyncio.ensure_future(self._watch(agent))

    async def open(self, local_port: int) -> Endpoint:
        """Ask for an endpoint."""
        config = self._pyngrok
        if not self._pids():
            # pyngrok would start another, which would have no token any more.
            raise ColabWidgetError("agent_exited", reason="It ended before it was asked for more.")
        self._context.progress("asking ngrok for an address", None)
        try:
            tunnel = await self._in_thread(
                lambda: ngrok.connect(
                    f"tcp://127.0.0.1:{local_port}", "tcp", pyngrok_config=config
                ),
                _API_TIMEOUT + 1.0,
            )
        except (PyngrokError, OSError, asyncio.TimeoutError) as error:
            raise self._recognised(error, "") from error
        finally:
            self._config.unlink(missing_ok=True)
        address = urlsplit(str(tunnel.public_url))
        return Endpoint(address.hostname or "", address.port or 0)

    async def wait_failed(self) -> str:
        """Return once the agent has ended or lost its session."""
        return await asyncio.shield(self._broken)

    async def health_problem(self) -> str:
        """Return whether the agent hangs; one that somebody has stopped goes on from here."""
        for pid in self._pids():
            if resume_if_stopped(pid):
                self._context.journal.add("Somebody has stopped the ngrok agent: it goes on.")
        found = await probe("127.0.0.1", self._api_port, b"HTTP/", say=_ASK)
        return "" if found in (GREETED, CLOSED) else "the ngrok agent does not answer"

    async def kill(self) -> None:
        """Kill the agent."""
        self._kill()

    def running(self) -> bool:
        """Tell whether the agent runs: it then mends a lost session by itself.

        One whose token is refused by now would try for ever: only a new one is told why.
        """
        # What broke it before is being mended; from here on only new trouble counts.
        if self._broken.done():
            self._broken = self._loop.create_future()
        return bool(self._pids()) and not self._refused

    def is_online(self) -> bool:
        """Tell whether the agent has a session with ngrok, as far as it says."""
        return self._online

    async def close(self) -> None:
        """Kill the agent; once it is closed, do nothing."""
        if self._closed:
            return
        if self._watcher:
            self._watcher.cancel()
        self._kill()
        with contextlib.suppress(asyncio.TimeoutError):
            launcher = str(self._launcher)
            await self._in_thread(lambda: agent_process.kill_process(launcher), 5.0)
        self._closed = True
        self._thread.shutdown(wait=False)
        self._config.unlink(missing_ok=True)
        self._launcher.unlink(missing_ok=True)

    def _start(self, config: conf.PyngrokConfig) -> Any:
        """Have pyngrok start the agent; when it fails, take in all that the agent said.

        pyngrok stops reading once it sees that the agent has ended, and an agent that was quicker
        than its reader has then said why in lines that nobody has read yet.
        """
        try:
            return agent_process.get_process(config)
        except PyngrokError:
            if self._starting and self._starting.proc.stdout:
                with self._starting.proc.stdout as rest:
                    for line in rest:
                        self._heard(NgrokLog(line))
            raise

    async def _ensure_program(self) -> str:
        named = os.environ.get("PYNGROK_NGROK_PATH") or _agent_on_path()
        if named:
            if not os.access(named, os.X_OK):
                raise ColabWidgetError("agent_unusable", reason="It is not a program.", path=named)
            return named
        program = str(conf.DEFAULT_NGROK_PATH)
        if not Path(program).exists():
            self._context.journal.add("Downloading the ngrok agent.")
            report = _DownloadReport(self._loop, self._context.progress)
            try:
                with contextlib.redirect_stdout(report):
                    await self._in_thread(
                        lambda: installer.install_ngrok(program, timeout=_DOWNLOAD_TIMEOUT), 300.0
                    )
            except (PyngrokNgrokInstallError, OSError, asyncio.TimeoutError) as error:
                Path(program).unlink(missing_ok=True)
                raise _not_fetched(error) from error
        return program

    async def _in_thread(self, work: Callable[[], _Result], seconds: float) -> _Result:
        """Do blocking work; when it takes too long or is cancelled, kill what it waits for."""
        future = self._loop.run_in_executor(self._thread, work)
        try:
            return await asyncio.wait_for(asyncio.shield(future), seconds)
        except (asyncio.TimeoutError, asyncio.CancelledError):
            self._kill()
            await asyncio.wait({future}, timeout=5.0)
            with contextlib.suppress(BaseException):
                future.exception()
            raise

    async def _watch(self, agent: Any) -> None:
        while agent.proc.poll() is None:
            await asyncio.sleep(_LOOK_EVERY)
        self._break(f"the ngrok agent ended with status {agent.proc.returncode}")

    def _heard(self, log: NgrokLog) -> None:
        """Take in a line of the agent; called in pyngrok's threads."""
        # While it starts the agent, pyngrok keeps it there only, and drops it on a failure.
        self._starting = agent_process._current_processes.get(str(self._launcher), self._starting)
        self._loop.call_soon_threadsafe(self._take, str(log.line), str(log.msg), str(log.err))

    def _take(self, line: str, message: str, problem: str) -> None:
        line = self._context.journal.redactor.redact(line)
        if message == "join connections":
            return  # sshd tells of every client too
        self._limiter.add(line)
        self._recent = [*self._recent[-19:], line]
        if "session established" in message or "tunnel session started" in message:
            self._online = True
            self._context.on_online()
        elif "starting reconnect loop" in message:
            self._online = False
            self._break("ngrok lost its session")
        elif "failed to reconnect session" in message:
            self._failed(problem)

    def _failed(self, problem: str) -> None:
        """Take in that the agent got no session, and why."""
        starting = self._config.exists()
        if _CODE.search(problem) and not starting:
            self._refused = True
            self._break("ngrok refuses the agent by now")
        elif _NO_NETWORK.search(problem):
            self._signs += 1
            if self._signs == _SIGNS_OF_NO_NETWORK and starting:
                self._kill()  # pyngrok would wait until its time is up

    def _break(self, reason: str) -> None:
        if not self._broken.done():
            self._broken.set_result(reason)

    def _pids(self) -> list[int]:
        """Return the agent's process, known by its private config file on the command line."""
        mark = os.fsencode(self._config)
        found = []
        for pid in children.descendants():
            with contextlib.suppress(OSError):
                if mark in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    found.append(pid)
        return found

    def _kill(self) -> None:
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _recognised(self, error: BaseException, program: str) -> ColabWidgetError:
        """Return the error that fits what the agent and pyngrok said."""
        body = error.body if isinstance(error, PyngrokNgrokHTTPError) else ""
        said = self._context.journal.redactor.redact(f"{error}\n{body}")
        logged = "\n".join(self._recent)
        if code := _CODE.search(said) or _CODE.search(logged):
            return ngrok_error(code.group(1), _sentence(said + logged))
        if _INTERCEPTED.search(logged):
            return ColabWidgetError(
                "tls_intercepted", tunnel="ngrok", host="connect.ngrok-agent.com"
            )
        if problem := re.search(r'err="((?:[^"\\]|\\.)+)"', logged):
            words = problem.group(1).replace('\\"', '"')[:200]
            if _NO_NETWORK.search(words):
                return ColabWidgetError("no_network", reason=f"The ngrok agent says: {words}.")
            return ColabWidgetError("agent_exited", reason=f"It said: {words}.")
        if isinstance(error, OSError) and error.errno and program:
            return ColabWidgetError(
                "agent_unusable", reason=f"{error.strerror or error}.", path=program
            )
        if isinstance(error, asyncio.TimeoutError):
            return ColabWidgetError("agent_silent", seconds=START_TIMEOUT)
        if logged:
            return ColabWidgetError("agent_exited", reason=f"It said: {self._recent[-1][:160]}")
        return ColabWidgetError("agent_exited", reason="It ended at once and said nothing.")


class _DownloadReport(io.TextIOBase):
    """Turns the percentages that pyngrok prints while it downloads into progress."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, progress: Callable[[str, float | None], None]
    ) -> None:
        self._loop = loop
        self._progress = progress

    def write(self, text: str) -> int:
        """Take in ``Downloading ngrok: 42%``."""
        if match := re.search(r"(\d+)%", text):
            share = int(match.group(1)) / 100
            self._loop.call_soon_threadsafe(
                self._progress, f"downloading the ngrok agent, {match.group(1)} %", share
            )
        return len(text)


def _not_fetched(error: BaseException) -> ColabWidgetError:
    """Return what a user is told of an agent that could not be downloaded.

    Parameters
    ----------
    error
        That it took too long, or what pyngrok has raised, which has the cause behind it.
    """
    cause = error.__context__ if isinstance(error, PyngrokNgrokInstallError) else error
    cause = cause or error
    found = getattr(cause, "reason", None)  # urllib's errors have it: there is no way
    if full := disk_full(cause):
        return full
    if isinstance(error, asyncio.TimeoutError) and error is cause:
        reason = "It took more than 5 minutes."
    elif code := getattr(cause, "code", None):
        reason = f"The answer of {_DOWNLOADS} was {code} and no file."
    elif isinstance(found, ssl.SSLCertVerificationError):
        reason = certificate_refused(found, _DOWNLOADS)
    elif isinstance(found, OSError):
        reason = f"{no_way(found, _DOWNLOADS)}."
    else:
        reason = f"{getattr(cause, 'strerror', None) or cause}"[:200].rstrip(".") + "."
    return ColabWidgetError("agent_download_failed", reason=f"{reason[0].upper()}{reason[1:]}")


def _agent_on_path() -> str | None:
    """Return the agent on the ``PATH``, but not pyngrok's own command of the same name.

    pip puts that beside the notebook's Python; it is no agent, but fetches one and calls it.
    """
    for folder in os.get_exec_path():
        found = shutil.which("ngrok", path=folder)
        if found and b"from pyngrok" not in Path(found).read_bytes()[:4096]:
            return found
    return None


def _new_launcher(folder: Path) -> Path:
    """Return a path for our launcher, and remove those of backends that were killed."""
    for launcher in folder.glob("ngrok-*"):
        if not Path("/proc", launcher.name.removeprefix("ngrok-")).exists():
            launcher.unlink(missing_ok=True)
    return folder / f"ngrok-{os.getpid()}"


def _sentence(said: str) -> str:
    """Return the first sentence of what ngrok said, without its frame."""
    match = re.search(r'(?:"err":\s*"|err="|on start: )([^"\\\n]+)', said)
    return match.group(1).strip()[:200] if match else ""


def silence_pyngrok() -> None:
    """Keep pyngrok's loggers quiet: they repeat raw lines of the agent, token included."""
    logger = logging.getLogger("pyngrok")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logger.setLevel(logging.CRITICAL)


silence_pyngrok()


TUNNEL = NgrokTunnel
