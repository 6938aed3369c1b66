"""Between a widget and the backend: one thread that carries messages both ways.

The page's messages are only put in line here, so that the kernel's threads never wait for the
backend; everything that goes to the page leaves from the one thread, in order.

What is sent to a page may be lost (jupyter_server drops messages while a cell prints more than
1 MB a second) or come before the page listens: the outbox sends it again until it was seen.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.options import DESKTOP_OPTIONS, Options
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot, is_connecting, is_going_on, is_resting
from colabwidget.hosts import Host, secrets
from colabwidget.hosts.environment import session_environment
from colabwidget.hosts.secrets import Found
from colabwidget.ipc import client, messages
from colabwidget.kernel.ipykernel_patches import wait_for_quiet_streams
from colabwidget.kernel.outbox import Content, Outbox
from colabwidget.kernel.requests import RequestLog
from colabwidget.report import LINES, report
from colabwidget.system import paths
from colabwidget.system.key_files import with_key_files
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.spec import TunnelForm
from colabwidget.tunnels.validation import parse_token

_LOOK_FOR_BACKEND = 1.0  # seconds
_AT_LEAST_EVERY = 30.0  # seconds between two looks at what is due
_GAP_MAX = 50_000  # lines in one message that stand for lost ones
_FIRST_LOOK_MAX = 10.0  # seconds
_WAITING_MAX = 1000  # messages of pages
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
        Tells what pages show inside the card.
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
        self._add_python_options = add_python_options
        self._clicks_wait = clicks_wait
        self._on_providers = on_providers
        self._inside = inside
        self._line: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._client: client.Client | None = None
        self._snapshot = Snapshot()
        self._received = time.monotonic()
        self._requests = RequestLog(self._line.put, self._changed)
        self._reported: tuple[object, ...] = ()
        self._report = ""
        self._looked = threading.Event()  # for a backend, once
        self._ending = False  # a backend of another version
        self._refused: ErrorInfo | None = None
        self._dropped = 0  # messages of pages, since the last one that was not
        self._thread = threading.Thread(target=self._run, name="colabwidget", daemon=True)

    def start(self) -> None:
        """Look for a backend that runs already, and begin to serve."""
        self._thread.start()
        threading.Thread(
            target=self._look_for_providers, name="colabwidget-tunnels", daemon=True
        ).start()

    def close(self) -> None:
        """Stop serving; the session goes on."""
        self._line.put(None)

    def auto_connect(self, options: Content, token_secret: str) -> None:
        """Connect without a click, once, unless a session is there already."""
        content = {"request": AUTO_CONNECT, "options": options, "token_secret": token_secret}
        get_token = self._token_of(content)
        self._line.put(lambda: self._auto_connect(content, get_token))

    def tell(self) -> None:
        """Tell the pages how things stand."""
        self._line.put(self._send_state)

    def receive(self, content: object) -> None:
        """Take in a custom message of a page; anything that is not one is ignored."""
        if not isinstance(content, dict):
            return
        if content.get("type") == "connect":
            get_token = self._token_of(content)
            self._later(lambda: self._connect(content, get_token))
            return
        handler = {
            "ready": self._ready,
            "cancel": self._cancel,
            "disconnect": self._disconnect,
            "desktop": self._desktop,
            "restart": self._restart,
            "reveal": self._reveal,
            "log_since": self._log_since,
            "seen": self._seen,
        }.get(str(content.get("type")))
        if handler:
            self._later(lambda: handler(content))

    def _later(self, work: Callable[[], None]) -> None:
        """Do that in turn; not where pages ask faster than anybody could be answered."""
        if self._line.qsize() < _WAITING_MAX:
            self._line.put(work)
            self._dropped = 0
            return
        self._dropped += 1
        if self._dropped == 1:
            _log.warning("Messages of a page are dropped: %d are waiting.", _WAITING_MAX)

    def _token_of(self, content: Content) -> Callable[[], Found]:
        typed, name = str(content.pop("token", "")), str(content.get("token_secret") or "")
        kind = self._host.kind
        return secrets.getter(typed, name, kind, lambda: self._takes_token(content))

    def _takes_token(self, content: Content) -> bool:
        """Tell whether a request that has come now will get as far as to need its token."""
        if self._requests.has(content):
            return False
        try:
            options = self._options(content)
            needed = registry.find(options.tunnel).needs_token
            self._looked.wait(_FIRST_LOOK_MAX)
            backend = self._client
            phase = backend.status()["snapshot"]["phase"] if backend and needed else "idle"
        except ColabWidgetError:
            return False  # which will be said where the request is looked at
        return needed and is_resting(phase)

    # The thread

    def _run(self) -> None:
        while True:
            self._look_for_backend()
            self._looked.set()
            now = time.monotonic()
            resend_at = self._outbox.resend_at()
            wake = min(resend_at or now + _AT_LEAST_EVERY, now + _AT_LEAST_EVERY)
            if self._client is None:
                wake = min(wake, now + _LOOK_FOR_BACKEND)
            try:
                work = self._line.get(timeout=max(wake - now, 0.0))
            except queue.Empty:
                if resend_at and time.monotonic() >= resend_at:
                    self._outbox.back_off()
                    self._send_state(news=False)
                continue
            if work is None:
                if self._client:
                    self._client.close()
                return
            try:
                work()
            except Exception:
                # One message that could not be handled must not end the thread for the others.
                _log.exception("A message could not be handled")

    def _look_for_providers(self) -> None:
        """See which tunnels other packages bring, in a thread of its own: no page waits for it."""
        found = [spec.as_dict() for spec in registry.known().values()]
        for name, reason in registry.unusable().items():
            _log.warning("The tunnel %s of another package cannot be used: %s", name, reason)
        if len(found) > len(registry.BUILT_IN):
            self._line.put(lambda: self._on_providers(found))

    def _look_for_backend(self) -> None:
        if self._client or self._ending:
            return
        if not paths.may_be_served():
            if self._refused:  # what was in the way has gone
                self._refused = None
                self._forget()
            return
        try:
            self._client = client.find(self._heard, self._lost)
            self._refused = None
        except ColabWidgetError as error:
            if self._refused != error.info:  # say it once
                self._refused = error.info
                self._snapshot = Snapshot(phase="failed", error=error.info)
                self._changed()

    def _forget(self) -> None:
        """There is no session, as far as we know."""
        self._snapshot = Snapshot()
        self._changed()

    def _backend(self) -> client.Client:
        if self._client is None:
            self._client = client.ensure(self._heard, self._lost)
        return self._client

    # From the backend; the first two are called in the client's thread

    def _heard(self, event: messages.State | messages.Log) -> None:
        if isinstance(event, messages.State):
            snapshot = Snapshot.from_dict(event.snapshot)
            self._line.put(lambda: self._take_state(snapshot))
        else:
            self._line.put(lambda: self._take_log(event))

    def _lost(self) -> None:
        self._line.put(self._take_loss)

    def _take_state(self, snapshot: Snapshot) -> None:
        if snapshot.epoch == self._snapshot.epoch and snapshot.revision < self._snapshot.revision:
            return  # the answer to a request was faster
        told = self._snapshot.details_revision if self._snapshot.epoch == snapshot.epoch else 0
        self._snapshot, self._received = snapshot, time.monotonic()
        self._changed()
        if snapshot.details_revision > told:
            self._reveal({})

    def _take_log(self, event: messages.Log) -> None:
        snapshot = self._snapshot
        snapshot.log_end = max(snapshot.log_end, event.end)
        wait_for_quiet_streams()
        self._outbox.push_log(snapshot.epoch, event.since, event.count, event.end, event.text)

    def _take_loss(self) -> None:
        self._client = None
        phase, error = self._snapshot.phase, None
        if is_going_on(phase):
            error = ColabWidgetError("backend_lost").info
        options = self._snapshot.options
        self._snapshot = Snapshot(phase="failed" if error else "idle", error=error, options=options)
        self._changed()

    # From the pages

    def _ready(self, content: Content) -> None:
        self._outbox.acknowledge(content)
        self._send_state()
        if self._snapshot.details_revision:
            self._reveal(content)

    def _connect(self, content: Content, get_token: Callable[[], Found]) -> None:
        self._requests.run(content, lambda: self._start_session(content, get_token))

    def _auto_connect(self, content: Content, get_token: Callable[[], Found]) -> None:
        def work() -> None:
            there = self._client.status()["snapshot"]["phase"] if self._client else "idle"
            if is_resting(there):
                self._start_session(content, get_token)

        self._requests.run(content, work)

    def _start_session(self, content: Content, get_token: Callable[[], Found]) -> None:
        options = with_key_files(self._options(content))
        spec = registry.find(options.tunnel)
        # A session that is there takes none; whether it is the wanted one, the backend tells.
        there = self._client.status()["snapshot"]["phase"] if self._client else "idle"
        found = Found(Secret(""))
        if spec.needs_token and is_resting(there):
            found = get_token()
            # Looked at here already, so that a wrong one starts no backend.
            found = Found(parse_token(found.token.reveal(), spec), found.origin)
        begun = self._backend().connect(
            options.as_dict(), found.token.reveal(), session_environment(), found.origin
        )
        self._take_state(Snapshot.from_dict(begun["snapshot"]))

    def _options(self, content: Content) -> Options:
        # Pages and tests may send anything; only what has the right shape is looked at.
        asked = self._add_python_options(_table(content, "options", "public_key"))
        return validation.checked(Options.from_dict(asked))

    def _cancel(self, content: Content) -> None:
        self._requests.run_in_thread(content, lambda: self._backend_there().cancel())

    def _disconnect(self, content: Content) -> None:
        force = content.get("force") is True
        self._requests.run_in_thread(content, lambda: self._backend_there().disconnect(force=force))

    def _desktop(self, content: Content) -> None:
        on = content.get("on") is True

        def ask() -> None:
            # Of a page's options, only those of the desktop count here, and none for a removal.
            there = _table(content, "options") if on else {}
            asked = {name: there[name] for name in DESKTOP_OPTIONS if name in there}
            validation.checked(Options.from_dict(asked))
            self._backend_there().desktop(on, asked)

        self._requests.run_in_thread(content, ask)

    def _restart(self, content: Content) -> None:
        """End a backend of another version; the next Connect starts one of ours."""
        if not self._refused or self._refused["code"] != "backend_version":
            self._requests.run(content, lambda: None)  # another page was faster
            return

        def end() -> None:
            try:
                client.stop_any()
            finally:
                self._line.put(self._ended)

        self._ending = True  # and until then, nobody looks for it
        self._requests.run_in_thread(content, end)

    def _ended(self) -> None:
        self._ending, self._refused = False, None
        self._forget()

    def _backend_there(self) -> client.Client:
        if self._client is None:
            raise ColabWidgetError("not_connected")
        return self._client

    def _reveal(self, content: Content) -> None:
        if self._client is None:
            return
        try:
            result = self._client.details()
        except ColabWidgetError:
            return  # gone meanwhile: the state says so
        self._outbox.send({"type": "details", **result})

    def _log_since(self, content: Content) -> None:
        since = content.get("from")
        if self._client is None or type(since) is not int:
            return
        try:
            lines = self._client.journal(since)
        except ColabWidgetError:
            return
        count, text = lines["count"], lines["text"]
        if 0 <= since < lines["since"]:
            # A page takes only what goes on where it is: the place of what is lost stays empty.
            count = min(lines["since"] - since, _GAP_MAX)
            text = text.partition("\n")[0] + "\n" * (count - 1)
        else:
            since = lines["since"]
        self._outbox.send_log(lines["epoch"], since, count, lines["end"], text)

    def _seen(self, content: Content) -> None:
        if self._outbox.acknowledge(content):
            self._send_state()

    # To the pages

    def _changed(self) -> None:
        self._send_state()
        try:
            self._on_snapshot(self._snapshot)
        except Exception:
            # An observer of the widget's traits failed; it may be anybody's.
            _log.exception("An observer of the widget failed")

    def _send_state(self, *, news: bool = True) -> None:
        snapshot = dict(vars(self._snapshot))
        if is_connecting(snapshot["phase"]):
            snapshot["elapsed"] += time.monotonic() - self._received
        content = {
            "state": snapshot,
            "host": self._host.as_dict(),
            "last_reply": self._requests.last,
            "clicks_wait": self._clicks_wait,
            "report": self._reported_now(),
            "inside": self._inside(),
        }
        self._outbox.send_state(content, snapshot["epoch"], snapshot["log_end"], news=news)

    def _reported_now(self) -> str:
        """Return the report on what has failed; it is made once for each failure."""
        snapshot = self._snapshot
        errors = snapshot.error, snapshot.desktop.get("error")
        if not any(errors):
            return ""
        about = (snapshot.epoch, snapshot.phase, *errors)
        if about != self._reported:
            end = max(snapshot.log_end, self._outbox.last_end)
            self._report = report(snapshot, self._last_lines(end), end)
            self._reported = about
        return self._report

    def _last_lines(self, end: int) -> list[str]:
        """Return the end of the log; without a backend, of what was passed on."""
        lines: list[str] = []
        try:
            while self._client and len(lines) < min(LINES, end):
                part = self._client.journal(max(end - LINES, 0) + len(lines))
                if not part["count"]:
                    break
                lines += part["text"].split("\n")
        except ColabWidgetError:
            lines = []  # gone meanwhile
        return lines or [*self._outbox.last_lines]


def _table(content: Content, name: str, *also: str) -> Content:
    """Return the table of that name, with some entries from beside it."""
    table = content.get(name)
    if not isinstance(table, dict):
        raise ColabWidgetError("options_invalid", reason="They are not a table of values.")
    return {**table, **{key: content[key] for key in also if key in content}}
