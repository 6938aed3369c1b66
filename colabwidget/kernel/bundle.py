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
from pathlib import Path
from typing import Any

from colabwidget import static
from colabwidget.kernel.ipykernel_patches import has_subshells
from colabwidget.kernel.page_messages import Send

PUSH_PAUSE = 0.25  # seconds between the first two times that a bundle is sent unasked; it grows
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


class Bundles:
    """The bundles of one kernel.

    Parameters
    ----------
    folder
        Where their files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Bundle] = {}
        #: Those that went to pages that can ask for them.
        self.pushed: set[Bundle] = set()

    def current(self, name: str) -> Bundle:
        """Return the bundle of that name.

        It is read once: under a kernel whose package is upgraded, it stays the one that this
        kernel's code belongs to.
        """
        return self._known.get(name) or self._known.setdefault(name, self._read(name))

    def read_again(self, name: str) -> Bundle:
        """Return the bundle of that name as its file is now; it is the current one from then on.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        built = self._read(name)
        # An empty file is being written.
        if built.text and built.text != self.current(name).text:
            self._known[name] = built
        return self.current(name)

    def _read(self, name: str) -> Bundle:
        return Bundle(name, (self._folder / f"{name}.js").read_bytes())


#: Those of this process.
BUNDLES = Bundles(static.FOLDER)


class BundleSender:
    """Sends the bundle of one widget to its pages.

    Parameters
    ----------
    name
        ``"card"``, ``"desktop"`` or ``"terminal"``.
    send
        Sends a message with buffers to the pages.
    bundles
        Where it is found.
    pause
        Seconds after which it is sent unasked for the second time; each further pause is longer.
    make_stop
        Makes what ends the pauses once it is set.
    """

    def __init__(
        self,
        name: str,
        send: Send,
        bundles: Bundles = BUNDLES,
        pause: float = PUSH_PAUSE,
        make_stop: Callable[[], threading.Event] = threading.Event,
    ) -> None:
        self._name = name
        self._send = send
        self._bundles = bundles
        self._pause = pause
        self._make_stop = make_stop
        self._lock = threading.Lock()
        self._stop = make_stop()
        bundles.current(name)

    def named(self) -> dict[str, Any]:
        """Return what a page has to know, as the trait ``_bundle`` has it."""
        bundle = self._bundles.current(self._name)
        waits = not has_subshells()
        named = {"name": bundle.name, "hash": bundle.hash, "waits": waits}
        return named if waits or bundle in self._bundles.pushed else {**named, "first": True}

    def send(self) -> None:
        """Send the bundle."""
        bundle = self._bundles.current(self._name)
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
            bundle = self._bundles.current(self._name)
            if bundle in self._bundles.pushed:
                return
            self._bundles.pushed.add(bundle)
        with self._lock:
            self._stop.set()
            self._stop = self._make_stop()
            threading.Thread(
                target=self._push, args=(self._stop,), name="colabwidget-bundle", daemon=True
            ).start()

    def stop(self) -> None:
        """Push no more: a page was heard, which can ask, or no page is left."""
        with self._lock:
            self._stop.set()

    def _push(self, stop: threading.Event) -> None:
        pause = self._pause
        while not stop.is_set():
            self.send()
            if has_subshells():
                return
            stop.wait(pause)
            pause *= _PUSH_GROWTH

    def follow_builds(self, changed: Callable[[], bool], parts: tuple[str, ...] = ()) -> None:
        """Notice new builds, where anywidget watches files as well (``ANYWIDGET_HMR=1``).

        Parameters
        ----------
        changed
            Called after each build; returns whether to continue.
        parts
            Names of other bundles that are watched too: those that this one is drawn with.
        """
        if os.environ.get("ANYWIDGET_HMR") == "1":
            known = {name: self._bundles.current(name).text for name in (self._name, *parts)}
            threading.Thread(target=self._follow_builds, args=(changed, known), daemon=True).start()

    def _follow_builds(self, changed: Callable[[], bool], known: dict[str, bytes]) -> None:
        never = threading.Event()
        while not never.wait(_LOOK_FOR_BUILD):
            try:
                built = {name: self._bundles.read_again(name).text for name in known}
            except OSError:
                continue  # one is being written
            if built != known:
                known = built
                if not changed():
                    return
