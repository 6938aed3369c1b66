"""Real notebook servers, each in a private world of its own that ends with it."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.doubles import install_ngrok, set_behaviour
from tests.kit.machine.host_keys import put_rsa_key
from tests.kit.machine.machine import Machine

# In the environment of every process that a server starts, however it detaches itself.
MARK = "COLABWIDGET_TEST_SERVER"
START_S = 90.0

# What a server and its kernels take over from the test's own environment. All else is private.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TERM", "LD_LIBRARY_PATH")


def wait_until(true: Callable[[], object], seconds: float, what: str) -> None:
    """`true()` holds; fails with `what` where that takes longer than a broken machine would."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)


class Server:
    """A Jupyter server on a loopback port, in one of the two environments.

    `home` is HOME and holds everything that the server, its kernels and their children write,
    but for `runtime` (XDG_RUNTIME_DIR), whose path is short enough for a Unix socket. `ngrok` is
    the stand-in agent, first on PATH. `notebooks` is the served folder.
    """

    name = ""
    _module = ""
    _arguments: tuple[str, ...] = ()
    _runtime_file = ""

    def __init__(self, python: Path, home: Path, **environment: str) -> None:
        self.python = python
        self.home = home
        self.notebooks = home / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.runtime = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
        self.ngrok = install_ngrok(home / "bin")
        self.log = home / "server.log"
        self.token = secrets.token_hex(16)
        self._mark = secrets.token_hex(16)
        self.environment = {**self._private_environment(), **environment}
        self._write_settings()
        put_rsa_key(self._state)
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def _private_environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        first = [str(self.ngrok.parent), str(self.python.parent), kept.get("PATH", os.defpath)]
        return kept | {
            MARK: self._mark,
            "PATH": os.pathsep.join(first),
            "HOME": str(self.home),
            "COLABWIDGET_NAME_WAIT": "0",  # no name of a double is ever known
            "COLABWIDGET_INTERNET": "127.0.0.1:1",  # nothing outside this machine answers
            "IPYTHONDIR": str(self.home / ".ipython"),
            "JUPYTER_CONFIG_DIR": str(self.home / ".jupyter"),
            "JUPYTER_DATA_DIR": str(self.home / ".local/share/jupyter"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "jupyter-runtime"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self._state),
            "XDG_RUNTIME_DIR": str(self.runtime),
        }

    def _write_settings(self) -> None:
        """Front-end settings are in `home`; the classic notebook needs none."""

    def start(self) -> None:
        """The server answers at `url`."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(port),
                cwd=self.notebooks,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Where the port was taken meanwhile the server took the next one and says so here.
        connection = self.home / "jupyter-runtime" / self._runtime_file.format(self._process.pid)
        try:
            wait_until(lambda: self._answers(connection), START_S, f"{self.name} to start")
        except BaseException:
            print(self.log_tail())
            self.end()
            raise

    def _command(self, port: int) -> list[str]:
        command = [str(self.python), "-m", self._module]
        command += ["--no-browser", "--allow-root", "--ip=127.0.0.1"]
        return command + [each.format(port=port, token=self.token) for each in self._arguments]

    def _answers(self, connection: Path) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}")
        try:
            self.url = json.loads(connection.read_text())["url"]
            self.api("GET", "status")
        except (OSError, ValueError):
            return False
        return True

    def api(self, method: str, path: str) -> Any:
        """The server's own answer to a REST request."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    @property
    def _state(self) -> Path:
        return self.home / ".local/state"

    def machine(self, user: str = "no-such-account") -> Machine:
        """The colabwidget of its kernels: their account, agent and backend."""
        return Machine(self.home, user, self.ngrok, str(self.python), self.environment)

    def log_tail(self, lines: int = 40) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def nbconvert(self, notebook: Path, *arguments: str) -> str:
        """What `jupyter nbconvert` printed, run in this server's environment, outside of it."""
        command = [str(self.python), "-m", "nbconvert", *arguments, str(notebook)]
        done = subprocess.run(
            command, env=self.environment, cwd=self.notebooks, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"nbconvert ended with {done.returncode}\n{done.stderr}")
        return done.stdout

    def clear(self) -> None:
        """No kernel runs, nothing that a kernel started is left, and no fault is set."""
        self._end_kernels()
        self._end_strays()
        shutil.rmtree(self._state, ignore_errors=True)
        put_rsa_key(self._state)
        shutil.rmtree(self.runtime)
        self.runtime.mkdir(mode=0o700)
        set_behaviour(self.ngrok)

    def _end_kernels(self) -> None:
        for session in self.api("GET", "sessions"):
            try:
                self.api("DELETE", f"sessions/{session['id']}")
            except urllib.error.HTTPError:
                pass  # gone meanwhile
        for kernel in self.api("GET", "kernels"):
            try:
                self.api("DELETE", f"kernels/{kernel['id']}")
            except urllib.error.HTTPError:
                pass  # its session has ended it

    def end(self) -> None:
        """Nothing of this server is left but the files in `home`."""
        if self._process:
            try:
                os.killpg(self._process.pid, signal.SIGTERM)
                self._process.wait(10)
            except ProcessLookupError:
                pass
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._end_strays()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def _end_strays(self) -> None:
        """No process below the server's own is left, and none that the last of them started."""
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
            for pid in self._strays():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            try:
                wait_until(lambda: not self._strays(), 5, "strays to end")
            except TimeoutError:
                continue
            return
        raise RuntimeError(f"processes that do not end: {self._strays()}")

    def _strays(self) -> list[int]:
        server = self._process
        alive = {server.pid} if server and server.poll() is None else set()
        return [pid for pid in self.processes() if pid not in alive]

    def processes(self) -> list[int]:
        """Ids of all processes that the server or anything below it started.

        A backend has little of a kernel's environment, but where its files are.
        """
        marks = {f"{MARK}={self._mark}".encode(), f"XDG_RUNTIME_DIR={self.runtime}".encode()}
        return [pid for pid, environment in _environments() if marks & {*environment.split(b"\0")}]


def _environments() -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "environ").read_bytes()
            except OSError:
                pass  # ended, or another account's


JUPYTER_SERVER = (
    "--ServerApp.port={port}",
    "--IdentityProvider.token={token}",
    "--ServerApp.terminals_enabled=False",
    "--ServerApp.local_hostnames=localhost",
    "--ServerApp.local_hostnames=notebook.test",
)


class LabServer(Server):
    """JupyterLab 4."""

    name = "JupyterLab"
    _module = "jupyterlab"
    _arguments: tuple[str, ...] = (
        *JUPYTER_SERVER,
        # Nothing is asked of the internet.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # The page's `jupyterapp`, by which page_lab.js runs commands.
        "--LabApp.expose_app_in_browser=True",
    )
    _runtime_file = "jpserver-{}.json"

    def _write_settings(self) -> None:
        settings = {
            "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
            "@jupyterlab/apputils-extension/notification": {
                "fetchNews": "false",
                "checkForUpdates": False,
            },
        }
        self._write_page_settings()
        for plugin, values in settings.items():
            folder = self.home / ".jupyter/lab/user-settings"
            path = folder / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _write_page_settings(self) -> None:
        """No page asks for what takes the server half a second and no test looks at."""
        page = {
            # Whether an extension would need a new build of JupyterLab: that starts node.
            "buildCheck": False,
            "buildAvailable": False,
            # The list of formats that a notebook can be exported to: each is imported.
            "disabledExtensions": {
                f"@jupyterlab/notebook-extension:{name}": True
                for name in ("export", "update-raw-mimetype")
            },
        }
        path = self.home / ".jupyter/labconfig/page_config.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(page))


class Lab3Server(LabServer):
    """JupyterLab 3.6, which asks for no news."""

    name = "JupyterLab 3.6"
    _arguments = (*JUPYTER_SERVER, "--LabApp.expose_app_in_browser=True")


class CollaborationServer(LabServer):
    """JupyterLab 4, whose documents are edited by several pages at once."""

    name = "JupyterLab with jupyter-collaboration"


class Notebook7Server(LabServer):
    """Notebook 7, which is made of JupyterLab's parts and reads its settings."""

    name = "Notebook 7"
    _module = "notebook"
    _arguments = (*JUPYTER_SERVER, "--JupyterNotebookApp.expose_app_in_browser=True")


class ClassicServer(Server):
    """The classic Notebook 6.5 that Colab's list of packages holds."""

    name = "Notebook 6.5"
    _module = "notebook"
    _arguments = (
        "--port={port}",
        "--NotebookApp.token={token}",
        "--NotebookApp.terminals_enabled=False",
        # Its default comes from a CDN.
        "--NotebookApp.enable_mathjax=False",
    )
    _runtime_file = "nbserver-{}.json"


@contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.end()
