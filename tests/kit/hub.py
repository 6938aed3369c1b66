"""A JupyterHub with its own proxy and a spawner that starts processes of this account."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.kit.browser.notebook_servers import START_S, wait_until
from tests.kit.through import ROOT, TerminalServer

#: Made by `scripts/setup-hub.sh`.
ENVIRONMENT = ROOT / ".venv-hub"
_USER = "me"
_CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{home}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.Authenticator.allow_all = True
c.ConfigurableHTTPProxy.command = "{environment}/node_modules/.bin/configurable-http-proxy"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}"
c.Spawner.cmd = ["{environment}/bin/jupyterhub-singleuser", "--allow-root"]
c.Spawner.environment = {variables!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = 90
c.JupyterHub.services = [{{"name": "tests", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "tests", "scopes": ["admin:users", "admin:servers", "tokens"], "services": ["tests"]}}
]
"""
_SUBDOMAINS = 'c.JupyterHub.subdomain_host = "http://hub.localhost:{port}"'


class HubServer(TerminalServer):
    """One user's server behind a hub; its token is one that may enter this server alone.

    Parameters
    ----------
    home
        Of the user, with the hub's files.
    subdomains
        Whether hub and user each have an address of their own, which browsers alone find.
    """

    name = "JupyterHub"

    def __init__(self, home: Path, *, subdomains: bool = False) -> None:
        super().__init__(Path(sys.executable), home)
        self._subdomains = subdomains
        self._hub_token = secrets.token_hex(16)
        self._hub = ""

    def start(self) -> None:
        port, hub_port, api_port = _free_ports(3)
        config = self.home / "jupyterhub_config.py"
        values = {"port": port, "hub_port": hub_port, "api_port": api_port, "home": self.home}
        values |= {"token": self._hub_token, "environment": ENVIRONMENT}
        text = _CONFIG + (_SUBDOMAINS if self._subdomains else "")
        config.write_text(text.format(variables=self.environment, **values))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(ENVIRONMENT / "bin/jupyterhub"), "-f", str(config)],
                cwd=self.notebooks,
                env={**self.environment, "PATH": f"{ENVIRONMENT}/bin:{self.environment['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._hub = f"http://127.0.0.1:{hub_port}/hub/api/"
        hosts = ("hub.localhost", f"{_USER}.hub.localhost") if self._subdomains else ["127.0.0.1"]
        #: Where a user signs in.
        self.login = f"http://{hosts[0]}:{port}/hub/login"
        self.url = f"http://{hosts[-1]}:{port}/user/{_USER}/"
        try:
            wait_until(self._is_up, START_S, "the hub to start")
            self._ask("POST", f"users/{_USER}")
            self.start_user_server()
            scopes = [f"access:servers!user={_USER}"]
            made = self._ask("POST", f"users/{_USER}/tokens", {"scopes": scopes, "expires_in": 600})
            self.token = made["token"]
            wait_until(self._user_server_answers, START_S, "the user's server to start")
        except BaseException:
            print(self.log_tail())
            self.end()
            raise

    def start_user_server(self) -> None:
        self._ask("POST", f"users/{_USER}/server")

    def end(self) -> None:
        if self._process and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGTERM)  # it ends what it has started
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        super().end()

    def _is_up(self) -> bool:
        assert self._process and self._process.poll() is None, self.log_tail()
        try:
            return bool(self._ask("GET", "users") is not None)
        except OSError:
            return False

    def _user_server_answers(self) -> bool:
        return status(f"{self.url}api/status", self.token) == 200

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"token {self._hub_token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._hub + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = answer.read()
        return json.loads(found) if found else None


def status(url: str, token: str) -> int:
    """Return the status of a request to the hub's proxy with a token; 0 if there is no answer."""
    at = urllib.parse.urlsplit(url)
    headers = {"Authorization": f"token {token}", "Host": at.netloc}
    here = at._replace(netloc=f"127.0.0.1:{at.port}").geturl()  # a browser alone knows .localhost
    try:
        with urllib.request.urlopen(urllib.request.Request(here, headers=headers), timeout=20) as a:
            return int(a.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports
