"""The modules that draw the widgets, and how they come to a page.

A notebook stores ``stub.js`` alone. It names the bundle that it draws by its hash, from the trait
``_bundle``, and asks the kernel for it unless the page has it already.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from colabwidget import static
from colabwidget.kernel.ipykernel_patches import has_subshells
from colabwidget.kernel.page_messages import Send

# Seconds between two times that a bundle is sent unasked; it grows.
_PUSH_FIRST = 0.25
_PUSH_GROWTH = 1.5
_LOOK_FOR_BUILD = 0.3  # seconds

_log = logging.getLogger(__name__)


class Bundle:
    """One module, as it was when it was read.

    Parameters
    ----------
    name
        ``"card"``, ``"desktop"`` or ``"terminal"``.
    text
        Its source.
    """

    # No dataclass: making one takes half a millisecond of each kernel's start.
    def __init__(self, name: str, text: bytes) -> None:
        self.name = name
        self.text = text

    @functools.cached_property
    def hash(self) -> str:
        """What names it on a page."""
        import hashlib  # loads a library, so it waits for the first widget

        return hashlib.sha256(self.text).hexdigest()[:16]

    @functools.cached_property
    def packed(self) -> bytes:
        """Its gzipped text."""
        import gzip

        return gzip.compress(self.text, 6, mtime=0)


_bundles: dict[str, Bundle] = {}
_pushed: set[Bundle] = set()  # by this kernel, to pages that can ask for them


def current(name: str) -> Bundle:
    """Return the bundle of that name.

    It is read once: under a kernel whose package is upgraded, it stays the one that this kernel's
    code belongs to.
    """
    return _bundles.get(name) or _bundles.setdefault(name, _read(name))


def _read(name: str) -> Bundle:
    return Bundle(name, (static.FOLDER / f"{name}.js").read_bytes())


class BundleSender:
    """Sends the bundle of one widget to its pages.

    Parameters
    ----------
    name
        ``"card"``, ``"desktop"`` or ``"terminal"``.
    send
        Sends a message with buffers to the pages.
    """

    def __init__(self, name: str, send: Send) -> None:
        self._name = name
        self._send = send
        self._lock = threading.Lock()
        self._stop = threading.Event()
        current(name)

    def named(self) -> dict[str, Any]:
        """Return what a page has to know, as the trait ``_bundle`` has it."""
        bundle = current(self._name)
        return {"name": bundle.name, "hash": bundle.hash, "waits": not has_subshells()}

    def send(self) -> None:
        """Send the bundle."""
        bundle = current(self._name)
        try:
            self._send({"type": "bundle", "bundle": bundle.hash}, [bundle.packed])
        except Exception as error:
            # The channel is closed, or the kernel is ending: lost, like any message may be.
            _log.debug("A bundle could not be sent: %s", type(error).__name__)

    def push(self) -> None:
        """Send the bundle before a page can ask for it.

        A kernel with subshells does so for its first widget: a page keeps the bundle, and another
        page can ask. A kernel without them may hear no page for as long as cells run, and a page
        may begin to listen at any time: such a kernel sends it for each widget, and again until
        `stop`.
        """
        if has_subshells():
            bundle = current(self._name)
            if bundle in _pushed:
                return
            _pushed.add(bundle)
        with self._lock:
            self._stop.set()
            self._stop = threading.Event()
            threading.Thread(
                target=self._push, args=(self._stop,), name="colabwidget-bundle", daemon=True
            ).start()

    def stop(self) -> None:
        """Push no more: a page was heard, which can ask, or no page is left."""
        with self._lock:
            self._stop.set()

    def _push(self, stop: threading.Event) -> None:
        pause = _PUSH_FIRST
        while not stop.is_set():
            self.send()
            if has_subshells():
                return
            stop.wait(pause)
            pause *= _PUSH_GROWTH

    def follow_builds(self, changed: Callable[[], bool]) -> None:
        """Notice new builds, where anywidget watches files as well (``ANYWIDGET_HMR=1``).

        Parameters
        ----------
        changed
            Called after each build; returns whether to continue.
        """
        if os.environ.get("ANYWIDGET_HMR") == "1":
            threading.Thread(target=self._follow_builds, args=(changed,), daemon=True).start()

    def _follow_builds(self, changed: Callable[[], bool]) -> None:
        known = current(self._name)
        never = threading.Event()
        while not never.wait(_LOOK_FOR_BUILD):
            try:
                built = _read(self._name)
            except OSError:
                continue  # it is being written
            if built.text and built.text != known.text:
                known = _bundles[self._name] = built
                if not changed():
                    return
