"""The widget: what a notebook saves of it, and what it says to the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from colabwidget import host
from colabwidget.bridge import Bridge
from colabwidget.options import PROVIDERS, Options
from colabwidget.protocol import Snapshot

_STATIC = Path(__file__).parent / "static"
_CHOICES = ("tunnel", "region", "ssh", "desktop", "user", "geometry", "depth", "vnc")


class ConnectWidget(anywidget.AnyWidget):
    """A form in a notebook cell that opens SSH, and a desktop, on this machine.

    Everything the widget syncs is saved with the notebook, so no trait ever holds a secret:
    the token, passwords and the log travel in custom messages, which are not saved.

    Parameters
    ----------
    tunnel : str
        ``"ngrok"`` or ``"direct"``.
    region : str
        One of the tunnel's regions; empty for the nearest.
    ssh, desktop : bool
        What to open.
    user : str
        The account to sign in to.
    geometry : str
        First size of the desktop in pixels, such as ``"1600x900"``; a viewer can change it.
    depth : int
        Its bits a pixel: 16 or 24.
    vnc : str
        ``"turbovnc"``, ``"tigervnc"``, or ``"auto"`` for the better one that can be had.
    public_key : str
        One line of an OpenSSH public key file; with it there is no password.
    address : str
        For ``direct``: the address to listen on; empty for the machine's own.

    Attributes
    ----------
    phase : str
        ``"idle"``, ``"working"``, ``"connected"``, ``"reconnecting"``, ``"failed"`` or
        ``"closing"``; read-only in effect, it follows the backend.
    steps : list of dict
        The steps of the session; see `colabwidget.protocol.StepInfo`.
    error : dict
        Why the phase is ``"failed"``; see `colabwidget.errors.ErrorInfo`. Else empty.

    Raises
    ------
    ColabWidgetError
        For options that cannot be used.
    """

    _esm = _STATIC / "widget.js"
    _css = _STATIC / "widget.css"

    tunnel = traitlets.Unicode("ngrok").tag(sync=True)
    region = traitlets.Unicode("").tag(sync=True)
    ssh = traitlets.Bool(True).tag(sync=True)
    desktop = traitlets.Bool(False).tag(sync=True)
    user = traitlets.Unicode("colab").tag(sync=True)
    geometry = traitlets.Unicode("1600x900").tag(sync=True)
    depth = traitlets.Int(24).tag(sync=True)
    vnc = traitlets.Unicode("auto").tag(sync=True)
    phase = traitlets.Unicode("idle").tag(sync=True)
    steps = traitlets.List(traitlets.Dict()).tag(sync=True)
    error = traitlets.Dict().tag(sync=True)
    host = traitlets.Dict().tag(sync=True)
    providers = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, *, public_key: str = "", address: str = "", **options: Any) -> None:
        # What is left are ipywidgets' own, such as the layout.
        choices = {name: options[name] for name in _CHOICES if name in options}
        chosen = Options(public_key=public_key, address=address, **choices)
        if chosen.ssh or chosen.desktop:
            chosen = chosen.checked()
        self._chosen = chosen
        self._session_options: dict[str, Any] | None = None
        machine = host.detect()
        super().__init__(
            host=machine.as_dict(),
            providers=list(PROVIDERS.values()),
            **options,
        )
        self._bridge = Bridge(
            send=self.send,
            on_snapshot=self._show,
            host=machine,
            complete=self._complete,
            clicks_wait=not _has_subshells(),
        )
        self._keep_clicks_off_the_busy_shell()
        self.on_msg(self._receive)
        self._bridge.start()

    def close(self) -> None:
        """Take the widget off the page; the connection stays."""
        if hasattr(self, "_bridge"):
            self._bridge.close()
        super().close()

    def __repr__(self) -> str:
        return f"<ConnectWidget {self.tunnel}, {self.phase}>"

    def _receive(self, widget: Any, content: object, buffers: Any) -> None:
        self._bridge.receive(content)

    def _complete(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add what was set in Python and has no place in the form."""
        return {
            **options,
            "public_key": options.get("public_key") or self._chosen.public_key,
            "address": self._chosen.address,
        }

    def _show(self, snapshot: Snapshot) -> None:
        """Set the traits, in the bridge's thread; the page itself goes by the messages."""
        if snapshot.options and snapshot.options != self._session_options:
            # A session that another notebook or an earlier kernel began: the form shows its choice.
            self._session_options = snapshot.options
            for name in _CHOICES:
                setattr(self, name, snapshot.options[name])
        if [(step["name"], step["status"]) for step in snapshot.steps] != [
            (step["name"], step["status"]) for step in self.steps
        ]:
            self.steps = snapshot.steps
        error = dict(snapshot.error or {})
        if self.error != error:
            self.error = error
        if self.phase != snapshot.phase:
            self.phase = snapshot.phase

    def _keep_clicks_off_the_busy_shell(self) -> None:
        # ipykernel 7 routes a page's messages to the subshell of the last message sent; one
        # sent from our thread names the main shell, and clicks would wait for the cell there.
        comm = self.comm
        if hasattr(comm, "_reply_subshell_for"):
            comm._reply_subshell_for = lambda data, default: default


def _has_subshells() -> bool:
    """Tell whether this kernel can handle the page's messages while a cell runs."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_supports_kernel_subshells", False))
