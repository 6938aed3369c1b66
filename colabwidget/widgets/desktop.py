"""The desktop inside a notebook's cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colabwidget.core.options import DESKTOP_OPTIONS, NO_TUNNEL, Options, check_names
from colabwidget.kernel.page_messages import Handler, Message
from colabwidget.kernel.streams.host import PageStream
from colabwidget.kernel.streams.sources import NotebookDesktop, desktop_handlers
from colabwidget.tunnels import validation
from colabwidget.widgets.stream_widget import StreamView

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from colabwidget.widgets.option_traits import WidgetTraits


class Desktop(StreamView):
    """A desktop on this machine, in the notebook's cell: no tunnel, no account, no viewer.

    It is the session's desktop where there is a session. Else a session begins that opens nothing
    to the outside: its packages are installed, and the desktop is that of the notebook's account.
    `colabwidget.disconnect` ends it; the page can be loaded again, and so can the kernel.

    Parameters
    ----------
    geometry : str
        First size of the desktop in pixels; a viewer can change it.
    depth : int
        Colour depth of the desktop, in bits per pixel. Values: ``16``, ``24``.
    vnc : str
        The VNC server; ``auto`` is TurboVNC if it can be downloaded. Values: ``auto``,
        ``turbovnc``, ``tigervnc``.

    Raises
    ------
    ColabWidgetError
        For options that cannot be used.
    """

    _bundle_name = "desktop"
    _instead = "colabwidget.connect(desktop=True)"
    _option = " --desktop"

    def __init__(
        self,
        # <made by scripts/options.py: desktop parameters, in a cell>
        geometry: str = "1280x800",
        depth: int = 24,
        vnc: str = "auto",
        # </made>
        **more: Unpack[WidgetTraits],
    ) -> None:
        options = {name: value for name, value in locals().items() if name in DESKTOP_OPTIONS}
        check_names([name for name in more if not self.has_trait(name)], DESKTOP_OPTIONS)
        self._source = NotebookDesktop(
            validation.checked(Options(tunnel=NO_TUNNEL, ssh=False, desktop=True, **options))
        )
        super().__init__(**more)

    def _handlers(self) -> dict[str, Handler]:
        return desktop_handlers()

    def _open(self, name: str, message: Message) -> PageStream:
        return self._source.stream(name, self._send_message, message)
