"""Between a widget and the backend: one thread that carries messages both ways.

The page's messages are only queued here, so that the kernel's threads never wait for the
backend; everything that goes to the page leaves from the one thread, in order.

What is sent to a page may be lost (jupyter_server drops messages while a cell prints more than
1 MB a second) or come before the page listens: the outbox sends it again until it was seen.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.phase import is_connecting, is_going_on
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts import Host
from colabwidget.kernel.backend_link import BackendLink
from colabwidget.kernel.details_requests import DetailsRequests
from colabwidget.kernel.failure_report import FailureReport, last_lines
from colabwidget.kernel.heartbeat import Heartbeat
from colabwidget.kernel.identity import identity
from colabwidget.kernel.ipykernel_patches import THIS_KERNEL
from colabwidget.kernel.load import LoadRequests
from colabwidget.kernel.outbox import Outbox
from colabwidget.kernel.page_messages import Content, Handler, Message
from colabwidget.kernel.requests import RequestLog
from colabwidget.kernel.session_requests import SessionRequests
from colabwidget.tunnels import registry
from colabwidget.tunnels.spec import TunnelForm

if TYPE_CHECKING:
    from colabwidget.ipc import messages

LOOK_FOR_BACKEND = 1.0  # seconds
_AT_LEAST_EVERY = 30.0  # seconds between two looks at what is due
LOOK_FOR_PLACES = 30.0  # seconds between two looks whether another client is still there
# Seconds until the rest is loaded. That takes tens of milliseconds of Python, during which the cell
# that shows the form would wait for the interpreter's lock.
LOAD_REST = 0.5
# What a form is shown without, and a click needs. It is loaded before the first click, as a package
# that is upgraded under a running kernel would bring another version's then.
_REST = (
    "colabwidget.hosts.environment",
    "colabwidget.ipc.client",
    "colabwidget.system.key_files",
)
_GAP_MAX = 50_000  # lines in one message that stand for lost ones
_QUEUED_MAX = 1000  # messages of pages
AUTO_CONNECT = "unasked"  # names the request that no page has made; every page shows its refusal

_log = logging.getLogger(__name__)


class Bridge:
    """Serves the pages of one widget.

    Parameters
    ----------
    send
        Sends a custom message to the pages.
    on_snapshot
        Gets every new state, for the widget's traits.
    host
        What machine this is.
    add_python_options
        Adds to the page's options what only Python knows of, such as a key set there.
    clicks_wait
        Whether this kernel handles the page's messages only between cells.
    on_providers
        Gets all tunnels, where other packages bring some: they take a while to be found.
    inside
        Returns what pages show inside the card.
    """

    def __init__(
        self,
        send: Callable[[Content], None],
        on_snapshot: Callable[[Snapshot], None],
        host: Host,
        add_python_options: Callable[[Content], Content],
        clicks_wait: bool,
        on_providers: Callable[[list[TunnelForm]], None] = lambda found: None,
        inside: Callable[[], dict[str, bool]] = dict,
    ) -> None:
        self._outbox = Outbox(send)
        self._on_snapshot = on_snapshot
        self._host = host
        self._clicks_wait = clicks_wait
        self._kernel = identity()
        self._heartbeat = Heartbeat(self._send_busy) if clicks_wait else None
        self._on_providers = on_providers
        self._inside = inside
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._snapshot = Snapshot()
        self._received_at = time.monotonic()  # the snapshot
        self._dropped = 0  # messages of pages, since the last that was queued
        self._told_places, self._told_at = 1, 0.0  # what the last state has said, and when
        self._link = BackendLink(
            self.put, self._on_state, self._on_log, self._on_lost, self._on_refusal
        )
        self._details = DetailsRequests(self._outbox, self._fetch_details)
        self._requests = RequestLog(self.put, self._publish)
        self._session = SessionRequests(
            self._link, self._requests, host, add_python_options, self.put, self._on_state
        )
        self._report = FailureReport(
            lambda end: last_lines(self._link.client, end) or [*self._outbox.last_lines]
        )
        self._load = LoadRequests(self._outbox.send, self.put)
        queued: dict[str, Handler] = {
            **self._session.handlers,
            "ready": self._on_ready,
            "log_since": self._on_log_since,
            "seen": self._on_seen,
            **self._details.handlers,
            "load": self._on_load,
        }
        #: What a page's messages do, by their type.
        self.handlers: dict[str, Handler] = {
            "connect": self._on_connect,
            **{kind: self._queued(handler) for kind, handler in queued.items()},
        }
        self._thread = threading.Thread(target=self._run, name="colabwidget", daemon=True)
        self._loading = threading.Timer(LOAD_REST, self._load_rest)
        self._loading.name = "colabwidget-tunnels"
        self._loading.daemon = True

    def start(self) -> None:
        """Look for a backend that runs already, and begin to serve."""
        self._thread.start()
        self._loading.start()

    def close(self) -> None:
        """Stop serving; the session goes on."""
        self._loading.cancel()
        self._queue.put(None)

    def put(self, work: Callable[[], None]) -> None:
        """Queue work for the bridge's thread."""
        self._queue.put(work)

    def auto_connect(self, options: Content, token_secret: str) -> None:
        """Connect without a click, once, unless a session is open already."""
        if self._clicks_wait:
            self._details.show_all()
        content = {"request": AUTO_CONNECT, "options": options, "token_secret": token_secret}
        self.put(self._session.prepare_connect(Message(content), unless_open=True))

    def send_state(self) -> None:
        """Send the pages the state, in turn."""
        self.put(self._send_state)

    # The kernel's threads

    def _on_connect(self, message: Message) -> None:
        self._put_for_page(self._session.prepare_connect(message))

    def _queued(self, handler: Handler) -> Handler:
        return lambda message: self._put_for_page(lambda: handler(message))

    def _put_for_page(self, work: Callable[[], None]) -> None:
        """Queue work, unless pages ask faster than they can be answered."""
        if self._queue.qsize() < _QUEUED_MAX:
            self.put(work)
            self._dropped = 0
            return
        self._dropped += 1
        if self._dropped == 1:
            _log.warning("Messages of a page are dropped: %d are waiting.", _QUEUED_MAX)

    def _load_rest(self) -> None:
        """Load what follows the form, in a thread of its own: no page waits for it."""
        for name in _REST:
            import_module(name)
        self._look_for_providers()

    def _look_for_providers(self) -> None:
        """See which tunnels other packages bring."""
        found = [*registry.known().values()]
        for name, reason in registry.unusable().items():
            _log.warning("The tunnel %s of another package cannot be used: %s", name, reason)
        if len(found) > len(registry.BUILT_IN):
            forms = [spec.as_dict() for spec in registry.in_order(found, os.environ)]
            self.put(lambda: self._on_providers(forms))

    # The bridge's thread

    def _run(self) -> None:
        while True:
            self._link.look()
            now = time.monotonic()
            resend_at = self._outbox.resend_at()
            wake = min(resend_at or now + _AT_LEAST_EVERY, now + _AT_LEAST_EVERY)
            if self._heartbeat:
                wake = min(wake, now + self._heartbeat.beat())
            if self._link.client is None:
                wake = min(wake, now + LOOK_FOR_BACKEND)
            try:
                work = self._queue.get(timeout=max(wake - now, 0.0))
            except queue.Empty:
                if resend_at and time.monotonic() >= resend_at:
                    self._outbox.back_off()
                    self._send_state(news=False)
                    self._details.send_again()
                continue
            if work is None:
                self._link.close()
                return
            try:
                work()
            except Exception:
                # One message that could not be handled must not end the thread for the others.
                _log.exception("A message could not be handled")

    def _set_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._publish()

    def _publish(self) -> None:
        """Send the pages the state, and set the widget's traits."""
        self._send_state()
        try:
            self._on_snapshot(self._snapshot)
        except Exception:
            # An observer of the widget's traits failed; observers may be of any origin.
            _log.exception("An observer of the widget failed")

    def _send_state(self, *, news: bool = True) -> None:
        snapshot = dict(vars(self._snapshot))
        if is_connecting(snapshot["phase"]):
            snapshot["elapsed"] += time.monotonic() - self._received_at
        log_end = max(snapshot["log_end"], self._outbox.last_end)
        self._told_places, self._told_at = self._outbox.places(), time.monotonic()
        content = {
            "state": snapshot,
            "host": self._host.as_dict(),
            "last_reply": self._requests.last,
            "clicks_wait": self._clicks_wait,
            "report": self._report.text(self._snapshot, log_end),
            "inside": self._inside(),
            "kernel": self._kernel,
            "places": self._told_places,
        }
        self._outbox.send_state(content, snapshot["epoch"], snapshot["log_end"], news=news)

    def _send_busy(self, pause: float) -> None:
        self._outbox.send({"type": "busy", "pause": pause})

    # From the backend

    def _on_state(self, snapshot: Snapshot) -> None:
        same = snapshot.epoch == self._snapshot.epoch
        if same and snapshot.revision < self._snapshot.revision:
            return  # the answer to a request was faster
        known = self._snapshot.details_revision if same else 0
        self._received_at = time.monotonic()
        self._set_snapshot(snapshot)
        if snapshot.details_revision > known:
            self._details.send_news()

    def _on_log(self, event: messages.Log) -> None:
        snapshot = self._snapshot
        snapshot.log_end = max(snapshot.log_end, event.end)
        THIS_KERNEL.wait_for_quiet_streams()
        self._outbox.push_log(snapshot.epoch, event.since, event.count, event.end, event.text)

    def _on_lost(self) -> None:
        error = None
        if is_going_on(self._snapshot.phase):
            error = ColabWidgetError("backend_lost").info
        options = self._snapshot.options
        self._set_snapshot(
            Snapshot(phase="failed" if error else "idle", error=error, options=options)
        )

    def _on_refusal(self, error: ErrorInfo | None) -> None:
        """Show that the backend that runs cannot be used, or that it is gone."""
        self._set_snapshot(Snapshot(phase="failed", error=error) if error else Snapshot())

    # From the pages

    def _on_ready(self, message: Message) -> None:
        self._acknowledge(message)
        self._send_state()

    def _on_seen(self, message: Message) -> None:
        if self._acknowledge(message) or self._outbox.places() != self._told_places:
            self._send_state()

    def _on_load(self, message: Message) -> None:
        self._load.asked(message)
        # Its user looks at the card. Each client that is there answers a state.
        if self._told_places > 1 and time.monotonic() - self._told_at > LOOK_FOR_PLACES:
            self._send_state()

    def _acknowledge(self, message: Message) -> bool:
        return self._outbox.acknowledge(
            message.text("view"),
            message.number("serial"),
            message.number("log"),
            message.client,
        )

    def _fetch_details(self) -> Content | None:
        if self._link.client is None or not self._snapshot.details_revision:
            return None
        try:
            return self._link.client.details()
        except ColabWidgetError:
            return None  # gone meanwhile: the state says so

    def _on_log_since(self, message: Message) -> None:
        since = message.number("from")
        if self._link.client is None or since is None:
            return
        try:
            lines = self._link.client.journal(since)
        except ColabWidgetError:
            return
        count, text = lines["count"], lines["text"]
        if 0 <= since < lines["since"]:
            # A page takes only what continues its lines: the places of lost lines stay empty.
            count = min(lines["since"] - since, _GAP_MAX)
            text = text.partition("\n")[0] + "\n" * (count - 1)
        else:
            since = lines["since"]
        self._outbox.send_log(lines["epoch"], since, count, lines["end"], text)
