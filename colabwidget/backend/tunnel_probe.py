"""Probes through a tunnel: only a connection through it shows that it leads to sshd."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from colabwidget.access.loopback import through_tunnel
from colabwidget.access.sshd import SshService
from colabwidget.backend.probe_schedule import ProbeSchedule
from colabwidget.core import settings
from colabwidget.core.endpoint import Endpoint
from colabwidget.runtime import work_environment
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import GREETED, probe_sshd
from colabwidget.runtime.supervisor import NeverFails, Watched
from colabwidget.system.network import network_state
from colabwidget.system.wakeups import Wakeups

TICK = 5.0  # seconds


class _Probe(NeverFails):
    """A base: a tunnel that carries nothing does not say so, and may still mend itself."""

    title = "the tunnel"
    gone = "tunnel_gone"

    def running(self) -> bool:
        """Return true: what opens the tunnel again is the tunnel itself."""
        return True


class TunnelProbe(_Probe):
    """Watches whether the tunnel leads to sshd: only a connection through it shows that.

    Parameters
    ----------
    sshd
        What the tunnel leads to.
    endpoint
        Where it begins.
    command
        How this machine gets there; see `through_tunnel`.
    """

    def __init__(self, sshd: SshService, endpoint: Endpoint, command: Sequence[str]) -> None:
        self._sshd = sshd
        self._endpoint = endpoint
        self._command = command
        self.check_every = settings.PROBE_EVERY.value(work_environment.current())

    async def health_problem(self) -> str:
        """Return whether nothing comes through, although sshd itself would answer."""
        self._sshd.expect_probe()
        async with through_tunnel(self._endpoint, self._command) as (host, port):
            if await probe_sshd(host, port) == GREETED:
                return ""
        if not await self._sshd.greets():
            return ""  # the fault is not the tunnel's
        return f"nothing comes through at {self._endpoint}"


class Signs:
    """What a machine notices of its tunnel without a connection through it.

    Parameters
    ----------
    sign_ins
        Returns how many clients have signed in until now, and how many are signed in.
    wakeups
        Notices that the machine has slept.
    network
        Returns what is another once the machine's network has changed.
    """

    def __init__(
        self,
        sign_ins: Callable[[], tuple[int, int]],
        wakeups: Wakeups | None = None,
        network: Callable[[], tuple[str, ...]] = network_state,
    ) -> None:
        self._sign_ins = sign_ins
        self._wakeups = wakeups or Wakeups(TICK)
        self._network = network
        self._known_sign_ins, _ = sign_ins()
        self._known_network = network()

    def tell(self, schedule: ProbeSchedule) -> None:
        """Tell a schedule what was noticed since the last call."""
        total, signed_in = self._sign_ins()
        if signed_in or total != self._known_sign_ins:
            schedule.came_through()
        self._known_sign_ins = total
        if self._wakeups.woke_up():
            schedule.changed("the machine has slept")
        if (network := self._network()) != self._known_network:
            self._known_network = network
            schedule.changed("the network has changed")


class MeteredProbe(_Probe):
    """Probes through a tunnel whose provider counts connections, when that is worth one.

    Parameters
    ----------
    probe
        Looks through the tunnel.
    schedule
        Says when.
    signs
        What the schedule is told.
    journal
        Gets a line for each look.
    """

    check_every = TICK

    def __init__(
        self, probe: Watched, schedule: ProbeSchedule, signs: Signs, journal: Journal
    ) -> None:
        self._probe = probe
        self._schedule = schedule
        self._signs = signs
        self._journal = journal

    async def health_problem(self) -> str:
        """Return whether nothing comes through, where it is time for a look."""
        self._signs.tell(self._schedule)
        if not (why := self._schedule.due()):
            return ""
        problem = await self._probe.health_problem()
        self._schedule.looked(well=not problem)
        self._journal.add(f"Looked through the tunnel, as {why}: {problem or 'all is well'}.")
        return problem
