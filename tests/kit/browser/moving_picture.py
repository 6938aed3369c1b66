"""A moving picture of a notebook's page, made of still ones."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

from tests.kit.sources import ROOT

#: What stands on the page of a test, as regular expressions, and what a user could have in its
#: place: an address, an account, folders. Forwards to the machine itself stay.
SHOWN = [
    (r"(?<![:\d]|on )127\.0\.0\.1", "2.tcp.eu.ngrok.io"),
    (r"\bcw(?:ana|demo)\b", "colab"),
    (r"/tmp/pytest-of-\S*/ngrok\b", "/usr/local/bin/ngrok"),
    (r"/tmp/pytest-of-[^\s,:;\"']*", "/content"),
    (re.escape(str(ROOT)).replace("\\-", "-") + r"/\.venv[\w-]*", "/opt/notebook"),
]
_SHOW = """(shown) => {
  let changed = false;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const [is, say] of shown) {
      const data = node.data.replace(new RegExp(is, "g"), say);
      if (data === node.data) continue;
      node.data = data;
      changed = true;
    }
  return changed;
}"""


def show_a_users(page: Page) -> bool:
    """Show a user's address and account in the test's place; whether there was any to replace."""
    return bool(page.evaluate(_SHOW, SHOWN))


class MovingPicture:
    """Takes pictures of a cell, and keeps them as one that moves.

    Parameters
    ----------
    cell
        It stands at the top left of each picture.
    width, height
        Size of the picture, in pixels.
    """

    def __init__(self, cell: Locator, width: int, height: int) -> None:
        self._cell = cell
        self._size = {"width": width, "height": height}
        self._frames: list[Image.Image] = []
        self._times: list[int] = []

    def take(self, milliseconds: int) -> None:
        """Add what is shown now, for so long; what has not changed is shown for longer."""
        shot = self._shot()
        frame = Image.open(BytesIO(shot)).convert("RGB")
        if self._frames and self._frames[-1].tobytes() == frame.tobytes():
            self._times[-1] += milliseconds
            return
        self._frames.append(frame)
        self._times.append(milliseconds)

    def _shot(self) -> bytes:
        page = self._cell.page
        while True:
            show_a_users(page)
            box = self._cell.bounding_box()
            assert box
            clip = {"x": box["x"], "y": box["y"], **self._size}
            shot = page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
            # What was drawn anew or has moved meanwhile is another picture.
            if not show_a_users(page) and self._cell.bounding_box() == box:
                return shot

    def keep(self, path: Path) -> int:
        """Write it as WebP, and return how many different frames it has."""
        first, *others = self._frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._times,
            loop=0,
            quality=80,
            method=6,
            kmin=0,
            kmax=0,
        )
        return len(self._frames)
