"""The kernel's part of a `ConnectWidget`: all that is no trait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import NO_TUNNEL
from colabwidget.core.snapshot import PHASES, Snapshot, is_going_on, is_resting
from colabwidget.hosts import Host
from colabwidget.kernel import bundle
from colabwidget.kernel.bridge import Bridge
from colabwidget.kernel.ipykernel_patches import has_subshells
from colabwidget.kernel.page_messages import Content, Dispatcher, Message
from colabwidget.kernel.streams.card import SESSION_SHELL, CardStreams
from colabwidget.tunnels.spec import TunnelForm

_SHOWN_LATE = 0.2  # seconds

bundle.BUNDLES.current("card")  # read with this module, so that an upgrade does not part the two


class Card(Dispatcher):
    """Connects one widget's traits and pages with the backend.

    Parameters
    ----------
    send
        Sends a custom message, with buffers or without, to the pages.
    host
        What machine this is.
    public_key
        The keys that were set in Python; the page's own go before them.
    auto_connect
        Whether to connect when the widget is first shown.
    get_choices
        Returns the options as the widget has them, and the name of the token's secret.
    get_phase
        Returns the phase as the widget has it.
    set_traits
        Sets the traits that follow the session.
    on_providers
        Gets all tunnels, where other packages bring some.
    """

    def __init__(
        self,
        send: Callable[..., None],
        host: Host,
        public_key: str,
        auto_connect: bool,
        get_choices: Callable[[], tuple[Content, str]],
        get_phase: Callable[[], str],
        set_traits: Callable[[Snapshot], None],
        on_providers: Callable[[list[TunnelForm]], None],
    ) -> None:
        self._public_key = public_key
        self._auto_connect = auto_connect
        self._get_choices = get_choices
        self._get_phase = get_phase
        self._set_traits = set_traits
        self._snapshot = Snapshot()
        self._awaiting_session = False  # a session that was asked for has not begun yet
        self._closed = False
        self._news = threading.Condition()  # notified of each new phase
        self._streams = CardStreams(send, self._shell, self._on_shown)
        self._bridge = Bridge(
            send=send,
            on_snapshot=self._on_snapshot,
            host=host,
            add_python_options=self._add_python_options,
            clicks_wait=not has_subshells(),
            on_providers=on_providers,
            inside=lambda: self._streams.shown,
        )
        self.bundle = bundle.BundleSender("card", send)
        super().__init__(
            {
                **self._bridge.handlers,
                **self._streams.handlers,
                "ready": self._on_ready,
                "bundle": lambda message: self.bundle.send(),
            }
        )

    def start(self) -> None:
        """Look for a backend that runs already, and begin to serve the pages."""
        self.bundle.push()
        self._bridge.start()

    def close(self) -> None:
        """Stop serving the pages; the session goes on."""
        self._closed = True
        self.bundle.stop()
        self._bridge.close()
        self._streams.close()
        with self._news:
            self._news.notify_all()

    def receive(self, content: object, buffers: Any = None) -> None:
        """Handle a page's message; anything else is ignored."""
        self.bundle.stop()  # a page that is heard can ask for it
        super().receive(content, buffers)

    def on_displayed(self) -> None:
        """Serve one view more, and connect where that was asked for."""
        if not has_subshells():
            self.bundle.push()  # a view in a frame of its own may come long after the widget
        self._connect_once()

    def wait(self, phase: str | float, timeout: float | None) -> None:
        """Wait until the widget has a phase; see `ConnectWidget.wait`."""
        if not isinstance(phase, (str, bool)) and timeout is None:
            timeout, phase = float(phase), "connected"
        if phase not in PHASES:
            raise ValueError(f"There is no phase {phase!r}, only {', '.join(PHASES)}.")
        with self._news:
            came = self._news.wait_for(
                lambda: (
                    self._closed
                    or (now := self._get_phase()) == phase
                    or (now == "failed" and not self._awaiting_session)
                ),
                timeout,
            )
        now = self._get_phase()
        if self._closed:
            raise RuntimeError("The widget is closed. Make another one.")
        if not came:
            raise TimeoutError(f"The phase is {now!r}, not {phase!r}, after {timeout:g} s.")
        if now == "failed" != phase and (error := self._snapshot.error):
            raise ColabWidgetError.from_info(error)

    def _on_ready(self, message: Message) -> None:
        self._connect_once()  # the widget is shown inside of another one
        self._bridge.handlers["ready"](message)

    def _on_shown(self) -> None:
        # Other pages learn of it, once this one has what it opens.
        later = threading.Timer(_SHOWN_LATE, self._bridge.send_state)
        later.daemon = True
        later.start()

    def _connect_once(self) -> None:
        """Connect where that was asked for; a page that is opened again changes nothing more."""
        if not self._auto_connect:
            return
        self._auto_connect = False
        options, token_secret = self._get_choices()
        if options["tunnel"] == NO_TUNNEL:
            self._streams.show("terminal", options["ssh"])
            if not options["desktop"]:
                return
            self._streams.show("desktop", True)
        self._awaiting_session = True
        self._bridge.auto_connect(options, token_secret)

    def _add_python_options(self, options: Content) -> Content:
        """Add what was set in Python and has no place in the form."""
        return {**options, "public_key": options.get("public_key") or self._public_key}

    def _shell(self) -> str:
        """Name the shell that a terminal shows: the session's account has one of its own."""
        options = self._snapshot.options or {}
        there = is_going_on(self._get_phase()) and options.get("tunnel") != NO_TUNNEL
        return SESSION_SHELL if there else "main"

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        was_there, self._snapshot = _is_there(self._snapshot), snapshot
        if was_there and not _is_there(snapshot):
            self._streams.end_session()
        if not is_resting(snapshot.phase):
            self._awaiting_session = False
        self._set_traits(snapshot)
        with self._news:
            self._news.notify_all()


def _is_there(snapshot: Snapshot) -> bool:
    """Tell whether there is a session, or what is kept of one."""
    return snapshot.phase != "idle" and (snapshot.phase != "failed" or snapshot.kept)
