"""The widget: its traits, which a notebook saves, and what it is in Python."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, NoReturn

import traitlets

from colabwidget import hosts, static
from colabwidget.core.options import NO_TUNNEL, OPTIONS, TRAIT_OPTIONS, Options
from colabwidget.core.phase import PHASES
from colabwidget.kernel.card import Card
from colabwidget.kernel.ipykernel_patches import THIS_KERNEL
from colabwidget.kernel.streams.card import PARTS
from colabwidget.tunnels import registry, validation
from colabwidget.widgets.option_traits import OptionTraits, WidgetTraits, check_widget_names

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from colabwidget.control.operations import Connection
    from colabwidget.core.snapshot import Snapshot

_FOLLOWED = ("phase", "steps", "error", "host", "providers", "_bundle")
#: What no page looks at: a user sees the client's program with the details.
_UNREAD = ("client", "architecture")

_log = logging.getLogger(__name__)


def _synced(value: Any, widget: object = None) -> Any:
    """Return the part of a value that a page and a saved notebook need.

    A page reads a text, list or switch that is missing as one that is empty or off.
    """
    if isinstance(value, list):
        return [_synced(each) for each in value]
    if isinstance(value, dict):
        parts = {name: _synced(each) for name, each in value.items() if name not in _UNREAD}
        return {name: each for name, each in parts.items() if each or type(each) in (int, float)}
    return value


class ConnectWidget(OptionTraits):
    """A form in a notebook cell that opens SSH, and a desktop, on this machine.

    Everything the widget syncs is saved with the notebook, so no trait ever holds a secret:
    the token, passwords and the log travel in custom messages, which are not saved.

    Parameters and attributes are traits, except ``public_key`` and ``auto_connect``: they can be
    observed, and the parameters can be set at any time, before and after the widget is shown.
    With ``tunnel=None`` all stays inside the notebook: the desktop and a terminal are shown
    inside the notebook only, ``ssh`` stands for the terminal, and the trait is ``"none"``. A secret
    is read at Connect, and not before.

    Parameters
    ----------
    tunnel : str or None
        What makes the machine reachable. Values: ``ngrok``, ``cloudflare``, ``relay``, ``direct``,
        ``through``, or one of another package.
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
    idle_timeout : int
        Minutes without a client until the tunnel is closed; 0 for never.
    session_timeout : int
        Minutes until the session ends, whatever goes on in it; 0 for never.
    sudo : bool
        Whether an account that colabwidget makes may use sudo.
    agent_forwarding : bool
        Whether ``ssh -A`` lends the keys of the client's agent to the machine.
    remote_forwarding : bool
        Whether ``ssh -R`` lets programs of this machine reach ports of the client's computer.
    mount_gdrive_to : str
        Folder in the account's home where Google Drive appears; empty for none.
    mount_gdrive_from : str
        Folder of Google Drive, such as ``My Drive/data``; empty for the whole drive.
    geometry : str
        First size of the desktop in pixels; a viewer can change it.
    depth : int
        Colour depth of the desktop, in bits per pixel. Values: ``16``, ``24``.
    vnc : str
        The VNC server; ``auto`` is TurboVNC if it can be downloaded. Values: ``auto``,
        ``turbovnc``, ``tigervnc``.
    root_keys : bool
        Whether the keys in root's own ``~/.ssh/authorized_keys`` open root beside the account.
    auto_connect : bool
        Whether the widget connects without a click when it is first shown, unless a session is open
        already.

    Attributes
    ----------
    phase : str
        ``"idle"``, ``"working"``, ``"connected"``, ``"reconnecting"``, ``"failed"`` or
        ``"closing"``. It follows the backend, as ``steps`` and ``error`` do, and cannot be set.
    steps : list of dict
        The steps of the session; see `colabwidget.core.step.StepInfo`.
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
    ).tag(sync=True, to_json=_synced)
    error = traitlets.Dict(
        read_only=True, help="Why the phase is failed: what happened, why, what to do; else empty."
    ).tag(sync=True)
    host = traitlets.Dict(read_only=True, help="What machine the kernel runs on.").tag(
        sync=True, to_json=_synced
    )
    providers = traitlets.List(
        traitlets.Dict(), read_only=True, help="The tunnels to choose from, with their regions."
    ).tag(sync=True, to_json=_synced)

    def __init__(
        self,
        # <made by scripts/options.py: widget parameters>
        tunnel: str | None = "ngrok",
        *,
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
        idle_timeout: int = 60,
        session_timeout: int = 0,
        sudo: bool = True,
        agent_forwarding: bool = False,
        remote_forwarding: bool = False,
        mount_gdrive_to: str = "",
        mount_gdrive_from: str = "",
        geometry: str = "1600x900",
        depth: int = 24,
        vnc: str = "auto",
        root_keys: bool = False,
        # </made>
        auto_connect: bool = False,
        **more: Unpack[WidgetTraits],
    ) -> None:
        given = {name: value for name, value in locals().items() if name in OPTIONS}
        check_widget_names(self, more)
        if tunnel is None:
            given["tunnel"] = NO_TUNNEL
        chosen = Options(**given)
        if (chosen.ssh or chosen.desktop) and chosen != Options():
            chosen = validation.checked(chosen, whole=False)
        self._session_options: dict[str, Any] | None = None
        self._machine = hosts.detect()
        self._card = Card(
            send=self.send,
            host=self._machine,
            public_key=chosen.public_key,
            auto_connect=auto_connect,
            get_choices=lambda: (
                {name: getattr(self, name) for name in TRAIT_OPTIONS},
                self.token_secret,
            ),
            get_phase=lambda: self.phase,
            set_traits=self._follow_session,
            on_providers=lambda found: self._follow("providers", found),
        )
        # A trait that is set is checked once more, so those with their default are left alone.
        traits = {
            name: given[name] for name in TRAIT_OPTIONS if given[name] != OPTIONS[name].default
        }
        if token_secret:
            traits["token_secret"] = token_secret
        super().__init__(**traits, **more)
        THIS_KERNEL.patch(self.comm)
        self.on_msg(lambda widget, content, buffers: self._card.receive(content, buffers))
        self._card.bundle.follow_builds(self._draw_anew, PARTS)
        self._card.start()

    @property
    def connection(self) -> Connection | None:
        """How to sign in, as `colabwidget.connect` returns it; ``None`` where nothing is open."""
        from colabwidget.control import operations  # a widget that is only shown needs none of it

        return operations.open_now()

    def wait(
        self, phase: str | float = "connected", timeout: float | None = None
    ) -> Connection | None:
        """Wait in this cell until the session is as far, and return the `connection`.

        Where the kernel takes clicks only between cells, a click on Connect comes after the wait:
        there it takes ``auto_connect``, another notebook or a terminal to connect meanwhile.

        Parameters
        ----------
        phase
            What to wait for. A number is the timeout: ``wait(30)`` waits for the connection.
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
        self._card.wait(phase, timeout)
        return self.connection

    def close(self) -> None:
        """Take the widget off the page; the connection stays."""
        super().close()
        if hasattr(self, "_card"):
            self._card.close()
            self._repr_mimebundle_ = None  # type: ignore[method-assign,assignment]

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Set the traits that a page has set, but for bad values and for what follows the backend.

        A page keeps what its user has typed; what is wrong with it is an error at Connect.
        """
        for name, value in sync_data.items():
            if name in _FOLLOWED:
                self.send_state(name)
                continue
            try:
                super().set_state({name: value})
            except traitlets.TraitError:
                _log.debug("A page has set %s to what it cannot be", name)

    def _on_displayed(self) -> None:
        super()._on_displayed()
        self._card.on_displayed()

    def __repr__(self) -> str:
        state = self.phase if self.comm else "closed"
        return f"<ConnectWidget {self.tunnel}, {state}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("A ConnectWidget is not copied or pickled: it belongs to its kernel.")

    @traitlets.default("_bundle")
    def _named_card(self) -> dict[str, Any]:
        return self._card.bundle.named()

    @traitlets.default("host")
    def _host_here(self) -> dict[str, Any]:
        return self._machine.as_dict()

    @traitlets.default("providers")
    def _providers_known(self) -> list[Any]:
        found = registry.in_order(registry.BUILT_IN.values(), os.environ)
        return [spec.as_dict() for spec in found]

    @traitlets.observe("tunnel")
    def _leave_region(self, change: Any) -> None:
        regions = [region["value"] for region in registry.find(self.tunnel).regions]
        if regions and self.region not in regions:
            self.region = ""

    def _draw_anew(self) -> bool:
        """Let pages draw the card that was built meanwhile; tell whether it can still be shown."""
        # A part that is new changes nothing of the card's own name.
        build = self._bundle.get("build", 0) + 1
        self._follow("_bundle", {**self._card.bundle.named(), "build": build})
        return self.comm is not None

    def _follow_session(self, snapshot: Snapshot) -> None:
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
        self._follow("phase", snapshot.phase)

    def _follow(self, name: str, value: object) -> None:
        try:
            self.set_trait(name, value)
        except Exception:
            # An observer failed, which may be of any origin; traitlets calls none after it.
            _log.exception("An observer of the widget failed")
