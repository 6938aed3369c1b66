"""What clients may know of a session: its phase, its error, its options, its details, its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from colabwidget.core.details import DesktopFacts, Details, desktop_details
from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.invitation import InvitationDetails
from colabwidget.core.options import DESKTOP_OPTIONS, TUNNEL_OPTIONS, Options
from colabwidget.core.phase import TRANSITIONS, Event, Phase, is_going_on
from colabwidget.core.snapshot import Snapshot


class SessionState:
    """The public state of a session.

    Parameters
    ----------
    on_change
        Called after every change of the phase.
    clock
        Returns seconds that only grow.
    """

    def __init__(
        self, on_change: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_change = on_change
        self._clock = clock
        self._started = 0.0
        self._ended = 0.0
        self.phase: Phase = "idle"
        self.error: ErrorInfo | None = None
        self.options: Options | None = None
        self.details: Details | None = None
        self.details_revision = 0

    def check_connect(self, options: Options) -> None:
        """See whether a session with these options can be started, or is there already.

        Parameters
        ----------
        options
            Checked options.

        Raises
        ------
        ColabWidgetError
            ``session_running`` where a session with other options is there, ``session_closing``
            where one is being closed.
        """
        if self.phase == "closing":
            raise ColabWidgetError("session_closing", what="The last connection")
        if is_going_on(self.phase):
            assert self.options
            if differences := self.options.differences(options):
                raise ColabWidgetError("session_running", reason=differences)

    def fits_what_is_kept(self, options: Options) -> bool:
        """Tell whether these options differ from those before in their tunnel or desktop only."""
        assert self.options
        same = {name: getattr(self.options, name) for name in (*TUNNEL_OPTIONS, *DESKTOP_OPTIONS)}
        return not self.options.differences(replace(options, **same))

    def begin(self, options: Options) -> None:
        """Have these options and no error, and start the clock."""
        self.options, self.error = options, None
        self._started, self._ended = self._clock(), 0.0

    def go(self, event: Event) -> None:
        """Change the phase, as `TRANSITIONS` has it."""
        self.phase = TRANSITIONS[self.phase, event]
        if self.details:
            self.details = self.details.with_phase(self.phase)
        self._on_change()

    def stop_clock(self) -> None:
        """Let the time stand still: connecting has ended."""
        self._ended = self._clock()

    def elapsed(self) -> float:
        """Return the seconds since `begin`, until `stop_clock`."""
        if not self._started:
            return 0.0
        return round((self._ended or self._clock()) - self._started, 2)

    def has_moved(self, details: Details) -> bool:
        """Tell whether these details lead elsewhere than those shown, or go by other strings."""
        if self.details is None or self.details.endpoint != details.endpoint:
            return True
        ssh, shown = details.ssh, self.details.ssh
        return bool(
            ssh and shown and (ssh.pairing, ssh.attaching) != (shown.pairing, shown.attaching)
        )

    def show_details(self, details: Details) -> None:
        """Have other details."""
        self.details_revision += 1
        self.details = details

    def show_desktop(self, facts: DesktopFacts | None) -> None:
        """Have in the details what a desktop tells of itself; ``None`` for no desktop."""
        # Without an SSH server none is seen from outside.
        if self.details and self.details.ssh and self.details.ssh.fingerprint:
            desktop = desktop_details(self.details.ssh, facts) if facts else None
            if desktop != self.details.desktop:
                self.show_details(replace(self.details, desktop=desktop))

    def show_invitations(self, invitations: list[InvitationDetails]) -> None:
        """Have in the details what guests need."""
        if self.details and invitations != self.details.invitations:
            self.show_details(replace(self.details, invitations=invitations))

    def clear(self) -> None:
        """Have no options, no error and no time."""
        self.error = self.options = None
        self._started = 0.0

    def fill(self, snapshot: Snapshot) -> None:
        """Write it into a snapshot."""
        snapshot.phase = self.phase
        snapshot.error = self.error
        snapshot.options = self.options.as_dict() if self.options else None
        if snapshot.options:
            # Pasted keys belong to the page that has sent them; no other client needs them.
            del snapshot.options["public_key"]
        snapshot.endpoint = self.details.endpoint.as_dict() if self.details else None
        snapshot.details_revision = self.details_revision if self.details else 0
        snapshot.elapsed = self.elapsed()
