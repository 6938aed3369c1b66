"""A quick tunnel of Cloudflare's, by its program cloudflared: no account is needed.

Its log lines are those of github.com/cloudflare/cloudflared: cmd/cloudflared/tunnel/quick_tunnel.go
for the address and the refusals, connection/ and supervisor/ for the rest.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from colabwidget.core import settings
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime import work_environment
from colabwidget.runtime.port_probe import CLOSED, GREETED, probe
from colabwidget.runtime.releases.programs import Program, answers, ensure_program
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system.files import write_private
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.cloudflare.spec import SPEC, SUMS, VERSION
from colabwidget.tunnels.program import ProgramTunnel

CLOUDFLARED = Program(
    "cloudflared", "cloudflare/cloudflared", VERSION, "cloudflared-linux-{architecture}", SUMS
)
_API = "api.trycloudflare.com"

_ADDRESS = re.compile(r"https://(?!api\.)([a-z0-9-]+\.trycloudflare\.com)(?![\w.-])")
_METRICS = re.compile(r"Starting metrics server on 127\.0\.0\.1:(\d+)/")
_REGISTERED = re.compile(r"\bRegistered tunnel connection\b|\bConnection [\w-]+ registered\b")
_LOST = re.compile(
    r"\b(?:Lost connection with the edge|Connection terminated|Retrying connection in up to"
    r"|Unregistered tunnel connection)\b"
)
# The words of the newest release, and those of older ones.
_STATUS = re.compile(r'provisioning failed with status (\d{3})|status_code="(\d{3})')
_BUSY = re.compile(r'failed with status 429|status_code="429|error code: 1015')
_INTERCEPTED = re.compile(r"x509:|certificate signed by unknown authority")
_ASKED = re.compile(r'failed to request quick Tunnel: (?:Post "[^"]*": )?(.+)')
_EDGE = re.compile(r"dial to edge|[Uu]nable to establish connection with Cloudflare edge")

# cloudflared reconnects for as long as it runs, and keeps its address. On some networks it did not
# succeed, and a new process did.
_TRIES_FOR = 600.0  # seconds
_READY = b"GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

# DNS has a new name after some seconds. A resolver that is asked too early answers that there is no
# such name, and repeats that to all its clients for half an hour: the zone's SOA says 1800.
# So only a public resolver is asked, over HTTPS, until it knows the name; where that cannot be
# reached, the name is not looked up for as long as it usually takes.
_FIRST_LOOK, _LOOK_EVERY = 4.0, 2.0  # seconds
_RESOLVER = "https://1.1.1.1/dns-query"
_LOOK_TIMEOUT = 3.0  # seconds


class CloudflareTunnel(ProgramTunnel):
    """A quick tunnel; parameters as those of `ProgramTunnel`.

    ``COLABWIDGET_NAME_WAIT`` in the environment has the seconds that are waited at most until a
    new name is known; 0 for none.
    """

    spec = SPEC
    start_timeout = 45.0
    reachable_within = 20.0

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        super().__init__(options, token, context)
        self.title = "cloudflared"
        self._program = ""
        self._config = context.directory / "cloudflared.yml"
        self._host = ""
        self._metrics = 0

    async def prepare(self) -> None:
        """Have the program: the one on the ``PATH``, else Cloudflare's release.

        Raises
        ------
        ColabWidgetError
            ``program_unusable``, ``program_download_failed``.
        """
        if found := shutil.which(CLOUDFLARED.name, path=work_environment.current().get("PATH")):
            if fault := await answers(Path(found)):
                raise ColabWidgetError("program_unusable", path=found, reason=fault)
            self._program = found
            return
        self.context.progress("looking for cloudflared", None)
        self._program = str(
            await ensure_program(CLOUDFLARED, self.context.journal, self.context.progress)
        )

    async def open(self, local_port: int) -> Endpoint:
        """Ask for a tunnel, and return its address once it is known.

        Raises
        ------
        ColabWidgetError
            ``cloudflare_busy``, ``no_network``, ``tls_intercepted``, ``tunnel_silent``,
            ``tunnel_failed``.
        """
        # Without a config file of ours, the user's own in ~/.cloudflared would make another tunnel.
        write_private(self._config, "{}\n")
        self._host, self._metrics = "", 0
        endpoint = await super().open(local_port)
        await self._wait_until_known(endpoint.host)
        return endpoint

    async def close(self) -> None:
        """End cloudflared, and remove its configuration."""
        await super().close()
        self._config.unlink(missing_ok=True)

    def command(self, local_port: int) -> Sequence[str]:
        """Return cloudflared's command line."""
        return [
            *(self._program, "tunnel", "--no-autoupdate", "--config", str(self._config)),
            # By default, older releases try UDP only.
            *("--protocol", "auto", "--metrics", "127.0.0.1:0"),
            *("--url", f"ssh://127.0.0.1:{local_port}"),
        ]

    def parse_endpoint(self, line: str) -> Endpoint | None:
        """Return the address that it was given, once that leads here."""
        if match := _ADDRESS.search(line):
            self._host = match.group(1)
        elif match := _METRICS.search(line):
            self._metrics = int(match.group(1))
        elif self._host and _REGISTERED.search(line):
            return Endpoint(self._host, 22, proxy="cloudflared access ssh --hostname %h")
        return None

    def parse_online(self, line: str) -> bool | None:
        """Return what a line says of cloudflared's connection to Cloudflare."""
        if _REGISTERED.search(line):
            return True
        return False if _LOST.search(line) else None

    def running(self) -> bool:
        """Tell whether cloudflared runs, and has not been offline for too long."""
        since = self._offline_since
        gave_up = self.endpoint and since and time.monotonic() - since > _TRIES_FOR
        return super().running() and not gave_up

    async def check(self) -> str:
        """Ask cloudflared whether it is connected; no answer means that it hangs."""
        if not self._metrics:
            return ""
        found = await probe("127.0.0.1", self._metrics, b"HTTP/1.1 200", say=_READY)
        if found == GREETED:
            self.mark_online()
        elif found == CLOSED:
            self.mark_offline()
        else:
            return "does not answer"
        return ""

    def loopback_command(self) -> Sequence[str]:
        """Return what clients start, with this machine's own program."""
        return [self._program, "access", "ssh", "--hostname", self._host]

    def start_error(self, said: Sequence[str]) -> ColabWidgetError:
        """Return what cloudflared's words mean."""
        text, title = "\n".join(said), self.spec.title
        if _BUSY.search(text):
            return ColabWidgetError("cloudflare_busy")
        if _INTERCEPTED.search(text):
            return ColabWidgetError("tls_intercepted", tunnel=title, host=_API)
        if match := _STATUS.search(text):
            number = match.group(1) or match.group(2)
            reason = f"{_API} answered with {number} and gave no tunnel."
            return ColabWidgetError("tunnel_failed", tunnel=title, reason=reason)
        if match := _ASKED.search(text):
            words = match.group(1)[:200].rstrip(".")
            return ColabWidgetError("no_network", reason=f"cloudflared says: {words}.")
        if _EDGE.search(text):
            reason = "cloudflared reaches no server of Cloudflare's at port 7844, UDP or TCP."
            return ColabWidgetError("no_network", reason=reason)
        return super().start_error(said)

    async def _wait_until_known(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        wait = settings.NAME_WAIT.value(work_environment.current())
        until, pause = loop.time() + wait, _FIRST_LOOK
        self.context.progress(f"waiting until {host} is known", None)
        while (left := until - loop.time()) > 0:
            await asyncio.sleep(min(pause, left))
            pause = _LOOK_EVERY
            if loop.time() < until and await is_known(host):
                return


async def is_known(host: str, resolver: str = _RESOLVER) -> bool:
    """Tell whether a public resolver has an address for a name; false where it is not reached."""
    answer: list[bytes] = []

    def ask() -> None:
        # Imported here, so that an idle backend stays small.
        from urllib.request import Request, urlopen

        url = f"{resolver}?name={host}&type=A"
        request = Request(url, headers={"Accept": "application/dns-json"})  # noqa: S310  see above
        with urlopen(request, timeout=_LOOK_TIMEOUT) as response:  # noqa: S310
            answer.append(response.read(65_536))

    try:
        await asyncio.wait_for(run_in_thread(ask), _LOOK_TIMEOUT + 1.0)
        return bool(json.loads(answer[0]).get("Answer"))
    except (OSError, ValueError, LookupError, AttributeError, asyncio.TimeoutError):
        return False


TUNNEL = CloudflareTunnel
