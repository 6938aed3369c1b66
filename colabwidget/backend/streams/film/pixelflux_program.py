"""A program by itself that films a part of an X display with pixelflux.

It is run as the desktop's account, by its file, with the folder in which pixelflux is found. It
imports nothing else of colabwidget, and colabwidget imports nothing of it: pixelflux's wheels hold
x264 and x265, which are under the GPL.

Standard input
    Orders, a line each: x, y, width and height of the part, kbit/s at most, pictures a second.
    The first one is number 1.
Standard output
    Pictures, each led by the number of the order that it obeys and by its size (four bytes each,
    big endian). H.264, annex B, one slice each. The first of a part is a key.
"""

from __future__ import annotations

import os
import select
import sys
from typing import Any

_QUALITY = 25  # x264's CRF: lower is better
_FINEST = 20  # quantizer of hardware: a finer one fills the rate and shows no more
_BUFFER = 0.25  # seconds of the rate that one picture may take
_LOOK_EVERY = 0.5  # seconds
_ORDER_MAX = 4096  # bytes


class Filming:
    """A capture, as the last order wants it."""

    def __init__(self, pixelflux: Any, pictures: int) -> None:
        self._pixelflux = pixelflux
        self._pictures = pictures
        self._capture = pixelflux.ScreenCapture()
        self._priority = os.getpriority(os.PRIO_PROCESS, 0)
        self._hardware = "h264" in pixelflux.hardware_encoders(-2, "true")
        self._is_new = False
        self._number = 0
        self._order: tuple[int, ...] = ()

    def obey(self, order: tuple[int, ...]) -> None:
        """Film as an order says."""
        before, self._order = self._order, order
        place, cap, rate = order[:4], order[4], order[5]
        if (*before[:4], *before[5:]) == (*place, rate):
            self._capture.update_video_bitrate(cap)
            self._number += 1
            return
        if before:
            self._capture.stop_capture()  # what comes from here on obeys this order
        self._number += 1
        self._is_new = True
        self._capture.start_capture(self._on_picture, self._settings(place, cap, rate))

    def _settings(self, place: tuple[int, ...], cap: int, rate: int) -> Any:
        made = self._pixelflux.CaptureSettings()
        made.use_wayland = False
        made.capture_x, made.capture_y, made.capture_width, made.capture_height = place
        made.auto_adjust_screen_capture_size = False
        made.capture_cursor = False
        made.target_fps = float(rate)
        made.codec = "h264"
        made.video_fullframe = True  # one slice a picture, and on one thread
        made.cpu_encode_threading = False
        made.omit_stripe_headers = True
        made.auto_gpu = "true"
        made.video_crf = _QUALITY
        made.video_bitrate_kbps = cap
        made.video_vbv_multiplier = _BUFFER * rate
        # Hardware knows no quality with a most.
        made.video_cbr_mode = self._hardware
        made.video_min_qp = _FINEST
        made.video_paintover_burst_frames = 0  # what is still is asked of the VNC server
        return made

    def _on_picture(self, picture: Any) -> None:
        """Write a picture; wait where it is not taken. It is called in a thread of pixelflux's."""
        if self._is_new:
            self._is_new = False
            self._be_no_more_urgent()
        data = memoryview(picture).cast("B")
        head = self._number.to_bytes(4, "big") + len(data).to_bytes(4, "big")
        try:
            _write(self._pictures, head)
            _write(self._pictures, data)
        except OSError:
            os._exit(0)  # it is read no more

    def _be_no_more_urgent(self) -> None:
        """Take back what pixelflux gives its threads where it may: precedence over all others."""
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208
            try:
                os.setpriority(os.PRIO_PROCESS, int(thread), self._priority)
            except OSError:
                continue  # it has ended

    def check(self) -> None:
        """See that it goes on.

        Raises
        ------
        RuntimeError
            If it does not.
        """
        state, reason = self._capture.capture_state()
        if state == "failed":
            raise RuntimeError(reason or "the capture has failed")


def _write(where: int, data: bytes | memoryview) -> None:
    while len(data):
        data = data[os.write(where, data) :]


def film(folder: str, pictures: int) -> None:
    """Film as ordered, until there are no more orders.

    Parameters
    ----------
    folder
        Where pixelflux is found.
    pictures
        Descriptor to which pictures are written.
    """
    sys.path.append(folder)
    import pixelflux

    filming, held = Filming(pixelflux, pictures), b""
    while True:
        if not select.select([0], [], [], _LOOK_EVERY)[0]:
            filming.check()
            continue
        data = os.read(0, _ORDER_MAX)
        if not data:
            return
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            filming.obey(tuple(map(int, line.split())))


def main(folder: str) -> int:
    """Film, and say on standard error why that does not work; return the exit status."""
    pictures, errors = os.dup(1), os.dup(2)
    # pixelflux writes to both, and a picture must not be cut in two by that.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        film(folder, pictures)
    except Exception as error:
        os.write(errors, f"pixelflux: {error or type(error).__name__}\n".encode())
        return 1
    return 0


if __name__ == "__main__":
    os._exit(main(sys.argv[1]))
