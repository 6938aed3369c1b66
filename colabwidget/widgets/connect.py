"""The widget: what a notebook saves of it, and what it says to the page."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import traitlets

from colabwidget import hosts, static
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import NO_TUNNEL, OPTIONS, TRAIT_OPTIONS, Options
from colabwidget.core.snapshot import PHASES, Snapshot, is_going_on, is_resting
from colabwidget.ipc import client
from colabwidget.kernel import bundle
from colabwidget.kernel.bridge import Bridge
from colabwidget.kernel.ipykernel_patches import has_subshells, patch
from colabwidget.kernel.streams.card import MESSAGE_TYPE, CardStreams
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.registry import NOTEBOOK_ONLY
from colabwidget.widgets.option_traits import OptionTraits, WidgetTraits, check_widget_names

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from colabwidget.control.operations import Connection

_FOLLOWED = ("phase", "steps", "error", "host", "providers", "_bundle")

_SHOWN_LATE = 0.2  # seconds

_log = logging.getLogger(__name__)

bundle.current("card")  # read with this module, so that an upgrade does not part the two


class ConnectWidget(OptionTraits):
    """A form in a notebook cell that opens SSH, and a desktop, on this machine.

    Everything the widget syncs is saved with the notebook, so no trait ever holds a secret:
    the token, passwords and the log travel in custom messages, which are not saved.

    Parameters and attributes are traits, except ``public_key`` and ``auto_connect``: they can be
    observed, and the parameters can be set at any time, before and after the widget is shown.
    With ``tunnel=None`` nothing is opened to the outside: the desktop and a terminal are shown
    inside the notebook only, ``ssh`` stands for the terminal, and the trait is ``"none"``. A secret
    is read at Connect, and not before.

    Parameters
    ----------
    tunnel : str or None
        What makes the machine reachable. Values: ``ngrok``, ``cloudflare``, ``relay``, ``direct``,
        or one of another package.
    region : str
        One of the tunnel's regions; empty for the nearest.
    ssh : bool
        Whether SSH is opened.
    desktop : bool
        Whether a desktop is opened, which clients reach through SSH.
    token_secret : str
        Name of the secret that holds the tunnel's authtoken: one of Colab's or Kaggle's secrets, or
        an environment variable.
    public_key : str
        Keys that sign in without a password, a line each: an OpenSSH public key, ``github:NAME``,
        ``gitlab:NAME``, or the path of a file with keys.
    user : str
        The account to sign in to; without root, empty and ``colab`` mean the notebook's own.
    address : str
        For ``direct``: the address to listen on; empty for the machine's own.
    server : str
        For ``relay``: the server.
    server_key : str
        For ``relay``: fingerprint of the server's host key; empty for a server that is known.
    identity : str
        For ``relay``: path of the private key that the server accepts; empty for a new key.
    mount_gdrive_to : str
        Folder in the account's home where Google Drive appears; empty for none.
    mount_gdrive_from : str
        Folder of Google Drive, such as ``My Drive/data``; empty for the whole drive.
    geometry : str
        First size of the desktop in pixels; a viewer can change it.
    depth : int
        Bits a pixel of the desktop. Values: ``16``, ``24``.
    vnc : str
        The VNC server; ``auto`` is TurboVNC where it can be had. Values: ``auto``, ``turbovnc``,
        ``tigervnc``.
    auto_connect : bool
        Whether the widget connects without a click when it is first shown, unless a session is
        there already.

    Attributes
    ----------
    phase : str
        ``"idle"``, ``"working"``, ``"connected"``, ``"reconnecting"``, ``"failed"`` or
        ``"closing"``. It follows the backend, as ``steps`` and ``error`` do, and cannot be set.
    steps : list of dict
        The steps of the session; see `colabwidget.core.snapshot.StepInfo`.
    error : dict
        Why the phase is ``"failed"``; see `colabwidget.core.errors.ErrorInfo`. Else empty.
    host : dict
        What machine this is; see `colabwidget.hosts.Host`. It cannot be set.
    providers : list of dict
        The tunnels to choose from; see `colabwidget.tunnels.spec.TunnelForm`. Those of other
        packages come to it a moment after the widget was made. It cannot be set.

    Raises
    ------
    ColabWidgetError
        For options that cannot be used; also where one of the traits is set to such a value,
        which then stays as it was.
    """

    _esm = static.FOLDER / "stub.js"

    _bundle = traitlets.Dict(read_only=True, help="Names what draws the card.").tag(sync=True)
    phase = traitlets.Unicode(
        "idle", read_only=True, help=f"How far the session is: one of {', '.join(PHASES)}."
    ).tag(sync=True)
    steps = traitlets.List(
        traitlets.Dict(), read_only=True, help="The parts of the session and how far each is."
    ).tag(sync=True)
    error = traitlets.Dict(
        read_only=True, help="Why the phase is failed: what happened, why, what to do; else empty."
    ).tag(sync=True)
    host = traitlets.Dict(read_only=True, help="What machine the kernel runs on.").tag(sync=True)
    providers = traitlets.List(
        traitlets.Dict(), read_only=True, help="The tunnels to choose from, with their regions."
    ).tag(sync=True)

    def __init__(
        self,
        *,
        # <made by scripts/options.py: widget parameters>
        tunnel: str | None = "ngrok",
        region: str = "",
        ssh: bool = True,
        desktop: bool = False,
        token_secret: str = "",
        public_key: str = "",
        user: str = "colab",
        address: str = "",
        server: str = "",
        server_key: str = "",
        identity: str = "",
        mount_gdrive_to: str = "",
        mount_gdrive_from: str = "",
        geometry: str = "1600x900",
        depth: int = 24,
        vnc: str = "auto",
        # </made>
        auto_connect: bool = False,
        **more: Unpack[WidgetTraits],
    ) -> None:
        given = {name: value for name, value in locals().items() if name in OPTIONS}
        check_widget_names(self, more)
        if tunnel is None:
            given["tunnel"] = NO_TUNNEL
        chosen = Options(**given)
        if chosen.ssh or chosen.desktop:
            chosen = validation.checked(chosen, whole=False)
        self._python_options = chosen
        self._session_options: dict[str, Any] | None = None
        self._news = threading.Condition()  # notified of each new phase
        self._auto_connect = auto_connect
        self._awaiting_session = False  # a session that was asked for has not begun yet
        self._machine = hosts.detect()
        self._inside = CardStreams(self.send, self._shell)
        self._card = bundle.BundleSender("card", self.send)
        # A trait that is set is checked once more, so those with their default are left alone.
        traits = {
            name: given[name] for name in TRAIT_OPTIONS if given[name] != OPTIONS[name].default
        }
        if token_secret:
            traits["token_secret"] = token_secret
        super().__init__(**traits, **more)
        self._bridge = Bridge(
            send=self.send,
            on_snapshot=self._show,
            host=self._machine,
            add_python_options=self._add_python_options,
            clicks_wait=not has_subshells(),
            on_providers=lambda found: self._follow("providers", [*found, NOTEBOOK_ONLY.as_dict()]),
            inside=lambda: self._inside.shown,
        )
        patch(self.comm)
        self.on_msg(self._receive)
        self._card.push()
        self._card.follow_builds(self._draw_anew)
        self._bridge.start()

    @property
    def connection(self) -> Connection | None:
        """How to sign in, as `colabwidget.connect` returns it; ``None`` where nothing is open."""
        from colabwidget.control.operations import Connection
        from colabwidget.core import details  # who only shows the widget needs neither

        backend = client.find()
        if backend is None:
            return None
        try:
            there = details.Details.from_dict(backend.details()["details"])
            return Connection(there, backend.status()["snapshot"]["desktop"]["error"])
        except ColabWidgetError as error:
            if error.code == "not_connected":
                return None
            raise
        finally:
            backend.close()

    def wait(self, phase: str = "connected", timeout: float | None = None) -> Connection | None:
        """Wait in this cell until the session is as far, and return the `connection`.

        Where the kernel takes clicks only between cells, a click on Connect comes after the wait:
        there it takes ``auto_connect``, another notebook or a terminal to connect meanwhile.

        Parameters
        ----------
        phase
            What to wait for.
        timeout
            For how many seconds; ``None`` for ever.

        Raises
        ------
        ColabWidgetError
            Where the session fails meanwhile, or has failed: with what happened, why, what to do.
        TimeoutError
            Where it takes longer.
        RuntimeError
            Where the widget is closed: it follows nothing any more.
        """
        if phase not in PHASES:
            raise ValueError(f"There is no phase {phase!r}, only {', '.join(PHASES)}.")
        with self._news:
            came = self._news.wait_for(
                lambda: (
                    self.comm is None
                    or self.phase == phase
                    or (self.phase == "failed" and not self._awaiting_session)
                ),
                timeout,
            )
        if self.comm is None:
            raise RuntimeError("The widget is closed. Make another one.")
        if not came:
            raise TimeoutError(f"The phase is {self.phase!r}, not {phase!r}, after {timeout:g} s.")
        if self.phase == "failed" != phase:
            raise ColabWidgetError.from_info(self.error)  # type: ignore[arg-type]
        return self.connection

    def close(self) -> None:
        """Take the widget off the page; the connection stays."""
        super().close()
        if hasattr(self, "_bridge"):
            self._card.stop()
            self._bridge.close()
            self._inside.close()
            self._repr_mimebundle_ = None  # type: ignore[method-assign,assignment]
            with self._news:
                self._news.notify_all()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page has set: each value that can be, and nothing that follows the backend.

        A page keeps what its user has typed, and is told what is wrong with it at Connect.
        """
        for name, value in sync_data.items():
            if name in _FOLLOWED:
                self.send_state(name)
                continue
            try:
                super().set_state({name: value})
            except traitlets.TraitError:
                _log.debug("A page has set %s to what it cannot be", name)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown = super()._repr_mimebundle_(**kwargs)
        self._shown()
        return shown

    def _handle_displayed(self, **kwargs: Any) -> None:
        """Do what `_repr_mimebundle_` does; ipywidgets 7 displays by this."""
        super()._handle_displayed(**kwargs)
        self._shown()

    def __repr__(self) -> str:
        state = self.phase if self.comm else "closed"
        return f"<ConnectWidget {self.tunnel}, {state}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("A ConnectWidget is not copied or pickled: it belongs to its kernel.")

    @traitlets.default("_bundle")
    def _named_card(self) -> dict[str, Any]:
        return self._card.named()

    @traitlets.default("host")
    def _host_here(self) -> dict[str, Any]:
        return self._machine.as_dict()

    @traitlets.default("providers")
    def _providers_known(self) -> list[Any]:
        return [spec.as_dict() for spec in (*registry.BUILT_IN.values(), NOTEBOOK_ONLY)]

    @traitlets.observe("tunnel")
    def _leave_region(self, change: Any) -> None:
        regions = [region["value"] for region in registry.find(self.tunnel).regions]
        if regions and self.region not in regions:
            self.region = ""

    def _receive(self, widget: Any, content: object, buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        self._card.stop()
        if kind == "bundle":
            self._card.send()
            return
        if isinstance(content, dict) and kind == MESSAGE_TYPE:
            self._inside.receive(content, buffers)
            return
        if isinstance(content, dict) and kind == "show":
            if self._inside.show(content.get("kind"), content.get("on") is True):
                # Other pages learn of it, once this one has what it opens.
                later = threading.Timer(_SHOWN_LATE, self._bridge.tell)
                later.daemon = True
                later.start()
            return
        if kind == "ready":
            self._connect_once()  # it is shown inside of another widget
        self._bridge.receive(content)

    def _shell(self) -> str:
        """Name the shell that a terminal shows: the session's account has one of its own."""
        options = self._session_options or {}
        there = is_going_on(self.phase) and options.get("tunnel") != NO_TUNNEL
        return "session" if there else "main"

    def _shown(self) -> None:
        if self._bundle["waits"]:
            self._card.push()  # a view in a frame of its own may come long after the widget
        self._connect_once()

    def _draw_anew(self) -> bool:
        """Let pages draw the card that was built meanwhile; tell whether it can still be shown."""
        self._follow("_bundle", self._card.named())
        return self.comm is not None

    def _connect_once(self) -> None:
        """Connect where that was asked for; a page that is opened again changes nothing more."""
        if self._auto_connect:
            self._auto_connect = False
            if self.tunnel == NO_TUNNEL:
                self._inside.show("terminal", self.ssh)
                if not self.desktop:
                    return
            self._awaiting_session = True
            options = {name: getattr(self, name) for name in TRAIT_OPTIONS}
            self._bridge.auto_connect(options, self.token_secret)

    def _add_python_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add what was set in Python and has no place in the form."""
        return {
            **options,
            "public_key": options.get("public_key") or self._python_options.public_key,
        }

    def _show(self, snapshot: Snapshot) -> None:
        """Set the traits, in the bridge's thread; the page itself goes by the messages."""
        if snapshot.options and snapshot.options != self._session_options:
            # A session that another notebook or an earlier kernel began: the form shows its choice.
            self._session_options = snapshot.options
            here = snapshot.options["tunnel"] == NO_TUNNEL
            for name in TRAIT_OPTIONS:
                if name == "ssh" and here:
                    continue  # the terminal, which is no part of a session
                self._follow(name, snapshot.options[name])
        if [(step["name"], step["status"]) for step in snapshot.steps] != [
            (step["name"], step["status"]) for step in self.steps
        ]:
            self._follow("steps", snapshot.steps)
        self._follow("error", dict(snapshot.error or {}))
        if not is_resting(snapshot.phase):
            self._awaiting_session = False
        self._follow("phase", snapshot.phase)
        with self._news:
            self._news.notify_all()

    def _follow(self, name: str, value: object) -> None:
        try:
            self.set_trait(name, value)
        except Exception:
            # An observer failed; it may be anybody's, and must not keep the others from the news.
            _log.exception("An observer of the widget failed")
