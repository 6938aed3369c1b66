"""What records a desktop's sound: parec, whose samples ffmpeg turns into Opus packets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from colabwidget.access.account import Account, as_account
from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.sound.ogg import packets
from colabwidget.desktops.sound.server import CHANNELS, RATE, SINK, environment, put_ahead
from colabwidget.runtime.apt import program
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service

#: Stands in the place of packets while nothing plays.
SILENCE = b""
_BITS = 96_000  # a second
_PACKET = 20  # milliseconds
_LATENCY = 10  # milliseconds that parec collects
_SILENT_MAX = 3  # bytes of a packet without sound
_SILENT_FOR = 10  # packets without sound that are sent all the same: music has short rests
_HEADERS = (b"OpusHead", b"OpusTags")
_GRACE = 0.5  # seconds

_SAMPLES = ("-f", "s16le", "-ar", str(RATE), "-ac", str(CHANNELS))


async def record(
    account: Account, directory: Path, journal: Journal
) -> AsyncGenerator[bytes, None]:
    """Yield the Opus packets of what plays, and `SILENCE` once when nothing does any more.

    It takes as long as its caller goes on: the programs are stopped when the generator is closed.

    Parameters
    ----------
    account, directory
        Those of the sound server, which runs.
    journal
        Gets the programs' lines.

    Raises
    ------
    ColabWidgetError
        ``sound_failed``: one of the programs has ended.
    """
    recorder = Service("the recorder of sound", "sound", "sound_failed", journal)
    encoder = Service("the encoder of sound", "sound", "sound_failed", journal)
    variables = environment(account, directory)
    try:
        async with _pipeline(
            (recorder, as_account(account, _recorder())),
            (encoder, as_account(account, _encoder())),
            variables,
        ) as output:
            silent = _SILENT_FOR
            async with aclosing(_sounds(output)) as sounds:
                async for packet in sounds:
                    silent = silent + 1 if len(packet) <= _SILENT_MAX else 0
                    if silent <= _SILENT_FOR:
                        yield packet
                    elif silent == _SILENT_FOR + 1:
                        yield SILENCE
        # The one that ended first has something to say; the other only that it has lost it.
        reason = encoder.last_words("") or recorder.last_words("It ended without a word.")
    finally:
        await asyncio.gather(recorder.stop(_GRACE), encoder.stop(_GRACE))
    raise ColabWidgetError("sound_failed", reason=reason)


async def _sounds(output: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    """Yield the packets with sound in an Ogg stream."""
    async for packet in packets(output):
        if not packet.startswith(_HEADERS):
            yield packet


@asynccontextmanager
async def _pipeline(
    first: tuple[Service, Sequence[str]],
    second: tuple[Service, Sequence[str]],
    variables: dict[str, str],
) -> AsyncIterator[asyncio.StreamReader]:
    """Start two programs, of which the second reads what the first writes; give its output."""
    samples_out, samples_in = os.pipe()
    packets_out, packets_in = os.pipe()
    output = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(packets_out, "rb", buffering=0)
    )
    try:
        try:
            encoder = await second[0].launch(
                second[1], environment=variables, stdin=samples_out, stdout=packets_in
            )
            put_ahead(encoder.pid)
            recorder = await first[0].launch(first[1], environment=variables, stdout=samples_in)
            put_ahead(recorder.pid)
        finally:
            for descriptor in (samples_out, samples_in, packets_in):
                os.close(descriptor)
        yield output
    finally:
        pipe.close()


def _recorder() -> list[str]:
    return [
        program("parec") or "parec",
        *(f"--device={SINK}.monitor", "--raw", "--format=s16le"),
        *(f"--rate={RATE}", f"--channels={CHANNELS}"),
        *(f"--latency-msec={_LATENCY}", f"--process-time-msec={_LATENCY}"),
    ]


def _encoder() -> list[str]:
    return [
        program("ffmpeg") or "ffmpeg",
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        *("-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"),
        *(*_SAMPLES, "-i", "pipe:0"),
        *("-c:a", "libopus", "-b:a", str(_BITS), "-application", "lowdelay"),
        *("-frame_duration", str(_PACKET)),
        # A page for each packet, at once.
        *("-f", "ogg", "-page_duration", "1", "-flush_packets", "1", "pipe:1"),
    ]
