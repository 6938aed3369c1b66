"""The kernel's part of a `ConnectWidget`: all that is no trait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import NO_TUNNEL
from colabwidget.core.phase import PHASES, is_going_on, is_resting
from colabwidget.core.private_fields import join_private, split_private
from colabwidget.hosts import Host
from colabwidget.kernel import bundle
from colabwidget.kernel.ipykernel_patches import current_client, has_subshells
from colabwidget.kernel.page_messages import Content, Dispatcher, Message
from colabwidget.kernel.streams.card import PARTS, SESSION_SHELL, CardStreams
from colabwidget.tunnels.spec import TunnelForm

if TYPE_CHECKING:
    from colabwidget.core.snapshot import Snapshot
    from colabwidget.kernel.bridge import Bridge

_SHOWN_LATE = 0.2  # seconds
UNSHOWN = 0.2  # seconds until a widget that is not shown is served all the same
# Seconds from when it is shown until it is served: the cell that shows it would wait for what
# is loaded then.
_DISPLAY = 0.01

for _name in ("card", *PARTS):
    bundle.BUNDLES.current(_name)  # read with this module, so that an upgrade does not part the two


class Card(Dispatcher):
    """Connects one widget's traits and pages with the backend.

    A form is shown by the traits alone. The bridge, and what it is made of, is loaded once a page
    is heard, or a moment after the form was shown.

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
        self._snapshot: Snapshot | None = None  # none has come
        self._awaiting_session = False  # a session that was asked for has not begun yet
        self._closed = False
        self._news = threading.Condition()  # notified of each new phase
        self._streams = CardStreams(send, self._shell, self._on_shown)
        self._send = send
        self._host = host
        self._on_providers = on_providers
        self._making = threading.Lock()
        self._made: Bridge | None = None
        self._displayed = threading.Event()
        self._heard = threading.Event()  # a page, or the end
        self.bundle = bundle.BundleSender("card", send)
        super().__init__(
            {
                **self._streams.handlers,
                "ready": self._on_ready,
                "bundle": lambda message: self.bundle.send(),
            }
        )

    def start(self) -> None:
        """Look for a backend that runs already, and begin to serve the pages."""
        threading.Thread(target=self._serve, name="colabwidget-start", daemon=True).start()

    def _serve(self) -> None:
        self._displayed.wait(UNSHOWN)
        self._heard.wait(_DISPLAY)
        if self._closed:
            return
        # A page that was heard can ask for it; a kernel that may not hear one has sent it at once.
        if not self._heard.is_set() and (has_subshells() or not self._displayed.is_set()):
            self.bundle.push()
        _ = self._bridge

    @property
    def _bridge(self) -> Bridge:
        """The bridge, which is made at its first use."""
        with self._making:
            if self._made is None:
                self._made = self._make_bridge()
            return self._made

    def _make_bridge(self) -> Bridge:
        from colabwidget.kernel.bridge import Bridge

        bridge = Bridge(
            send=lambda content: self._send(*split_private(content)),
            on_snapshot=self._on_snapshot,
            host=self._host,
            add_python_options=self._add_python_options,
            clicks_wait=not has_subshells(),
            on_providers=self._on_providers,
            inside=lambda: self._streams.shown,
        )
        self.add({kind: do for kind, do in bridge.handlers.items() if kind != "ready"})
        if not self._closed:
            bridge.start()
        return bridge

    def close(self) -> None:
        """Stop serving the pages; the session goes on."""
        self._closed = True
        self._displayed.set()
        self._heard.set()
        self.bundle.stop()
        with self._making:
            if self._made:
                self._made.close()
        self._streams.close()
        with self._news:
            self._news.notify_all()

    def receive(self, content: object, buffers: Any = None, client: str = "") -> None:
        """Handle a page's message; anything else is ignored."""
        if isinstance(content, dict) and content.get("type") == "here":
            return  # the page can draw, and has no view yet: the form comes first
        self.bundle.stop()  # a page that is heard can ask for it
        self._streams.stop_pushing()
        if not self._made:
            self._heard.set()
            _ = self._bridge  # handles what comes
        super().receive(join_private(content, buffers), buffers, client or current_client())

    def on_displayed(self) -> None:
        """Serve one view more, and connect where that was asked for."""
        self._displayed.set()
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
        if now == "failed" != phase and self._snapshot and (error := self._snapshot.error):
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
        options = (self._snapshot and self._snapshot.options) or {}
        there = is_going_on(self._get_phase()) and options.get("tunnel") != NO_TUNNEL
        return SESSION_SHELL if there else "main"

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        was_there, self._snapshot = _is_there(self._snapshot), snapshot
        if was_there and not _is_there(snapshot):
            self._streams.end_session()
        if not is_resting(snapshot.phase):
            self._awaiting_session = False
        if _is_there(snapshot) and not was_there and not has_subshells():
            self._streams.push_parts()
        self._set_traits(snapshot)
        with self._news:
            self._news.notify_all()


def _is_there(snapshot: Snapshot | None) -> bool:
    """Tell whether there is a session, or what is kept of one."""
    if not snapshot:
        return False
    return snapshot.phase != "idle" and (snapshot.phase != "failed" or snapshot.kept)
