"""Films a part of an X display by ffmpeg with x264."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from colabwidget.backend.streams.film.flv import FlvReader
from colabwidget.backend.streams.film.picture import Picture, PictureError
from colabwidget.backend.streams.film.program import (
    EncoderFailed,
    EncoderProgram,
    picture_rate,
)
from colabwidget.desktops.damage import Rectangle, Screen
from colabwidget.runtime.apt import program

_PROGRAM = "ffmpeg"
_QUALITY = 25  # x264's CRF: lower is better
_BUFFER = 0.25  # seconds of the rate that one picture may take


class Ffmpeg:
    """Films with a program for each part and each rate."""

    name = _PROGRAM

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    @staticmethod
    def exists() -> bool:
        """Tell whether the machine has it."""
        return program(_PROGRAM) is not None

    async def pictures(self, part: Rectangle, cap: int) -> AsyncGenerator[Picture, None]:
        """Film a part; see `encoder.Filming`."""
        child = await EncoderProgram.start(self._screen, _command(self._screen, part, cap), {})
        try:
            flv = FlvReader()
            while True:
                for picture in flv.feed(await child.read()):
                    yield picture
        except PictureError as error:
            raise EncoderFailed(str(error)) from error
        finally:
            await child.close()

    def limit(self, cap: int) -> bool:
        """Tell that its rate is that of its beginning."""
        return False

    async def close(self) -> None:
        """Do nothing: there is no program without pictures."""


def _command(screen: Screen, part: Rectangle, cap: int) -> list[str]:
    place = f":{screen.number}+{part.x},{part.y}"
    source = ["-f", "x11grab", "-draw_mouse", "0", "-framerate", str(picture_rate())]
    source += ["-video_size", f"{part.width}x{part.height}", "-i", place]
    # One slice a picture; no picture waits for another one; a key only at the beginning.
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]
    codec += ["-pix_fmt", "yuv420p", "-crf", str(_QUALITY), "-g", "1000000"]
    codec += ["-maxrate", f"{cap}k", "-bufsize", f"{max(int(cap * _BUFFER), 1)}k"]
    inside = "slices=1:sliced-threads=0:threads=1:scenecut=0:force-cfr=0"
    inside += ":colorprim=bt709:transfer=bt709:colormatrix=smpte170m:fullrange=off"
    codec += ["-x264-params", inside]
    return [
        program(_PROGRAM) or _PROGRAM,
        *("-nostdin", "-hide_banner", "-loglevel", "error"),
        *("-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"),
        *source,
        *("-an", *codec, "-f", "flv", "-flvflags", "no_duration_filesize", "-flush_packets", "1"),
        "pipe:1",
    ]
