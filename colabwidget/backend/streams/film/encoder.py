"""A program that films a part of an X display, as the account of the desktop: ffmpeg with x264."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncGenerator

from colabwidget.access.account import as_account
from colabwidget.backend.streams.film.flv import FlvError, FlvReader, Picture
from colabwidget.desktops.damage import Rectangle, Screen
from colabwidget.runtime import process
from colabwidget.runtime.apt import program

_PROGRAM = "ffmpeg"
_QUALITY = 25  # x264's CRF: lower is better
_SMALL = 16 * 1024  # bytes that are held before the program has to wait
_END_GRACE = 0.2  # seconds
_BUFFER = 0.25  # seconds of the rate that one picture may take
_MANY_PROCESSORS = 3


class EncoderFailed(Exception):
    """The program has ended, or does not write what was asked for."""


def is_there() -> bool:
    """Tell whether there is a program that could do it."""
    return program(_PROGRAM) is not None


async def pictures(screen: Screen, part: Rectangle, cap: int) -> AsyncGenerator[Picture, None]:
    """Film a part of a display, and yield pictures as they are encoded.

    As long as none is taken, none is made: the program waits, and goes on with what it sees then.

    Parameters
    ----------
    screen
        The display.
    part
        What to film, of even size.
    cap
        The most that it may make, in kbit/s.

    Raises
    ------
    EncoderFailed
        At its end.
    """
    read, write = os.pipe()
    try:
        with contextlib.suppress(OSError):
            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _SMALL)
        reader = asyncio.StreamReader(limit=_SMALL // 2)
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb", buffering=0)
        )
        try:
            child = await process.start(
                as_account(screen.account, _command(screen, part, cap)),
                environment={"XAUTHORITY": str(screen.authority)},
                stdout=write,
            )
        except OSError as error:
            pipe.close()
            raise EncoderFailed(str(error)) from error
        except BaseException:
            pipe.close()
            raise
    finally:
        os.close(write)
    said = asyncio.ensure_future(_last_words(child))
    try:
        flv = FlvReader()
        while data := await reader.read(_SMALL):
            for picture in flv.feed(data):
                yield picture
        await asyncio.wait({said}, timeout=_END_GRACE)
        raise EncoderFailed(said.result() if said.done() else "it has ended")
    except (FlvError, OSError) as error:
        raise EncoderFailed(str(error)) from error
    finally:
        pipe.close()
        said.cancel()
        await process.stop(child, _END_GRACE)
        child.close()


async def _last_words(child: process.Child) -> str:
    last = ""
    async for line in process.lines_of(child, None):
        last = line or last
    return last


def _command(screen: Screen, part: Rectangle, cap: int) -> list[str]:
    rate = 60 if len(os.sched_getaffinity(0)) >= _MANY_PROCESSORS else 30
    place = f":{screen.number}+{part.x},{part.y}"
    source = ["-f", "x11grab", "-draw_mouse", "0", "-framerate", str(rate)]
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
