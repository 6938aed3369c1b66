"""What pages request of the session: to connect, to change what is open, and to disconnect."""

from __future__ import annotations

from collections.abc import Callable

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.invitation import MINUTES
from colabwidget.core.options import DESKTOP_OPTIONS, Options
from colabwidget.core.phase import is_resting
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts import Host, secrets
from colabwidget.hosts.secrets import Found
from colabwidget.kernel.backend_link import BackendLink
from colabwidget.kernel.page_messages import Content, Handler, Message
from colabwidget.kernel.requests import RequestLog
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.validation import parse_token

_FIRST_LOOK_MAX = 10.0  # seconds


class SessionRequests:
    """Carries out the requests of one widget's pages, each once.

    Parameters
    ----------
    link
        The connection to the backend.
    log
        The requests that have come, and their outcome.
    host
        What machine this is.
    add_python_options
        Adds to a page's options what only Python knows of, such as a key set there.
    put
        Queues work for the bridge's thread.
    on_state
        Gets the state of a session that has begun.
    """

    def __init__(
        self,
        link: BackendLink,
        log: RequestLog,
        host: Host,
        add_python_options: Callable[[Content], Content],
        put: Callable[[Callable[[], None]], None],
        on_state: Callable[[Snapshot], None],
    ) -> None:
        self._link = link
        self._log = log
        self._host = host
        self._add_python_options = add_python_options
        self._put = put
        self._on_state = on_state
        #: What is handled in the bridge's thread.
        self.handlers: dict[str, Handler] = {
            "cancel": self._cancel,
            "disconnect": self._disconnect,
            "desktop": self._desktop,
            "restart": self._restart,
            "end_presence": self._end_presence,
            "keep_open": self._keep_open,
            "change_passwords": self._change_passwords,
            "invite": self._invite,
            "revoke": self._revoke,
        }

    def prepare_connect(self, message: Message, *, unless_open: bool = False) -> Callable[[], None]:
        """Return the work that connects, for the bridge's thread.

        Where the page is asked for its secrets, that is done here, while its message is handled.

        Parameters
        ----------
        message
            The page's.
        unless_open
            Whether an open session is left alone; else the backend tells whether its options are
            the requested ones.
        """
        get_token = self._token_getter(message)

        def connect() -> None:
            if not unless_open or is_resting(self._link.phase()):
                self._connect(message, get_token)

        return lambda: self._log.run(message.text("request"), connect)

    def _token_getter(self, message: Message) -> Callable[[], Found] | None:
        """Return a function for the token; ``None`` where none was given."""
        typed = str(message.content.pop("token", ""))
        name = str(message.content.get("token_secret") or "")
        if not typed.strip() and not name:
            return None
        return secrets.getter(typed, name, self._host.kind, lambda: self._expects_token(message))

    def _expects_token(self, message: Message) -> bool:
        """Tell whether a request that has come now will get as far as to need its token."""
        if self._log.has(message.text("request")):
            return False
        try:
            options = self._options(message)
            self._link.first_look.wait(_FIRST_LOOK_MAX)
            return self._needs_token(options, given=True)
        except ColabWidgetError:
            return False  # the page gets this error when the request is carried out

    def _needs_token(self, options: Options, *, given: bool) -> bool:
        needed = registry.find(options.tunnel).needs_token
        return self._link.token_needed(options.as_dict(), needed, given=given)

    def _connect(self, message: Message, get_token: Callable[[], Found] | None) -> None:
        # A form is shown without them; `kernel.bridge` loads them a moment later.
        from colabwidget.hosts.environment import session_environment
        from colabwidget.system.key_files import with_key_files

        options = with_key_files(self._options(message))
        found = Found(Secret(""))
        if self._needs_token(options, given=get_token is not None):
            found = get_token() if get_token else found
            # Checked before a backend is started for a wrong one.
            spec = registry.find(options.tunnel)
            found = Found(parse_token(found.token.reveal(), spec), found.origin)
        begun = self._link.ensure().connect(
            options.as_dict(), found.token.reveal(), session_environment(), found.origin
        )
        self._on_state(Snapshot.from_dict(begun["snapshot"]))

    def _options(self, message: Message) -> Options:
        content = message.content
        more = {"public_key": content["public_key"]} if "public_key" in content else {}
        asked = self._add_python_options({**_options_table(message), **more})
        return validation.checked(Options.from_dict(asked))

    def _cancel(self, message: Message) -> None:
        self._run_in_thread(message, lambda: self._link.require().cancel())

    def _disconnect(self, message: Message) -> None:
        force = message.flag("force")
        self._run_in_thread(message, lambda: self._link.require().disconnect(force=force))

    def _desktop(self, message: Message) -> None:
        on = message.flag("on")

        def change() -> None:
            # Of a page's options, only those of the desktop count here, and none for a removal.
            options = _options_table(message) if on else {}
            asked = {name: options[name] for name in DESKTOP_OPTIONS if name in options}
            validation.checked(Options.from_dict(asked))
            self._link.require().desktop(on, asked, force=message.flag("force"))

        self._run_in_thread(message, change)

    def _end_presence(self, message: Message) -> None:
        name = message.text("name")
        self._run_in_thread(message, lambda: self._link.require().end_presence(name))

    def _keep_open(self, message: Message) -> None:
        for_good = message.flag("for_good")
        self._run_in_thread(message, lambda: self._link.require().keep_open(for_good=for_good))

    def _change_passwords(self, message: Message) -> None:
        end = message.flag("end")
        self._run_in_thread(message, lambda: self._link.require().change_passwords(end=end))

    def _invite(self, message: Message) -> None:
        sees, typing = message.text("sees"), message.flag("typing")
        key = message.content.pop("key", "")
        asked = key if isinstance(key, str) else ""
        minutes = message.number("minutes")
        minutes = MINUTES if minutes is None else minutes

        def invite() -> None:
            backend = self._link.require()
            backend.invite(sees=sees, typing=typing, key=asked, minutes=minutes)

        self._run_in_thread(message, invite)

    def _revoke(self, message: Message) -> None:
        name = message.text("name")
        self._run_in_thread(message, lambda: self._link.require().revoke(name))

    def _restart(self, message: Message) -> None:
        """Stop a backend of another version; the next Connect starts one of this version."""
        if not self._link.is_other_version:
            self._log.run(message.text("request"), lambda: None)  # another page was faster
            return

        def stop() -> None:
            try:
                self._link.stop_any()
            finally:
                self._put(self._link.resume)

        self._link.suspend()
        self._run_in_thread(message, stop)

    def _run_in_thread(self, message: Message, work: Callable[[], object]) -> None:
        self._log.run_in_thread(message.text("request"), work)


def _options_table(message: Message) -> Content:
    table = message.table("options")
    if table is None:
        raise ColabWidgetError("options_invalid", reason="They are not a table of values.")
    return table
