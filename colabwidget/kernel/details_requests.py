"""The details of a connection, for the views that ask and for no other client of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from colabwidget.kernel.page_messages import Content, Handler, Message

if TYPE_CHECKING:
    from colabwidget.kernel.outbox import Outbox
    from colabwidget.kernel.sealing import CannotSeal, ViewKey

_KEYS_MAX = 50  # that are remembered


class DetailsRequests:
    """Sends the details to each view that has asked, now and whenever they change.

    Parameters
    ----------
    outbox
        What sends to the pages.
    fetch
        Returns ``epoch``, ``revision`` and ``details`` as they are now; ``None`` for none.
    """

    def __init__(self, outbox: Outbox, fetch: Callable[[], Content | None]) -> None:
        self._outbox = outbox
        self._fetch = fetch
        self._keys: dict[str, ViewKey] = {}  # by view
        self._is_for_all = False
        self.handlers: dict[str, Handler] = {"reveal": self._asked}

    def show_all(self) -> None:
        """Show the details in every page until one has made a key: a cell has asked for that.

        No page can ask before its cell has ended where the kernel hears its pages between cells.
        """
        self._is_for_all = True

    def send_news(self) -> None:
        """Send the details as they are now to the views that have made a key."""
        if self._keys:
            self._send([*self._keys.values()])
        elif self._is_for_all and (found := self._fetch()):
            self._outbox.send_in_clear({"type": "details", **found}, "")

    def send_again(self) -> None:
        """Send them once more where no page has been heard yet: one may have been drawn since."""
        if not self._keys:
            self.send_news()

    def _asked(self, message: Message) -> None:
        view, curve = message.text("view"), message.text("curve")
        if not curve:
            if found := self._fetch():
                self._outbox.send_in_clear({"type": "details", **found}, view)
            return
        from colabwidget.kernel.sealing import CannotSeal, ViewKey

        try:
            key = ViewKey(view, curve, message.content.get("point"))
        except CannotSeal as failure:
            self._refuse(view, curve, failure)
            return
        self._keys.pop(view, None)
        self._keys[view] = key
        if len(self._keys) > _KEYS_MAX:
            del self._keys[next(iter(self._keys))]
        self._send([key])

    def _send(self, keys: list[ViewKey]) -> None:
        from colabwidget.kernel.sealing import CannotSeal

        if not (found := self._fetch()):
            return
        for key in keys:
            try:
                self._outbox.send_sealed({"type": "details", **found}, key)
            except CannotSeal as failure:
                self._keys.pop(key.view, None)
                self._refuse(key.view, key.curve, failure)

    def _refuse(self, view: str, curve: str, failure: CannotSeal) -> None:
        self._outbox.send(
            {"type": "cannot_seal", "view": view, "curve": curve, "reason": failure.reason}
        )
