"""Serves a stream of sound: packets as they come, of which none waits for another."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from colabwidget.core.errors import explain
from colabwidget.desktops.sound.sound import Sound
from colabwidget.ipc.sound import PACKET, SILENCE, Frame, said
from colabwidget.runtime.journal import Journal

_UNSENT_MAX = 4096  # bytes, a third of a second: what comes while they wait is left out


async def serve_sound(
    sound: Sound,
    may_install: bool,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    journal: Journal,
) -> None:
    """Send what plays until the client or the desktop goes.

    Parameters
    ----------
    sound
        The desktop's.
    may_install
        Whether what it needs may be installed.
    reader, writer
        The stream, whose request was answered.
    journal
        Gets what fails.
    """
    sending = asyncio.ensure_future(_send(sound, may_install, writer, journal))
    gone = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in (sending, gone):
            each.cancel()
        await asyncio.wait({sending})


async def _send(
    sound: Sound, may_install: bool, writer: asyncio.StreamWriter, journal: Journal
) -> None:
    def progress(text: str, share: float | None) -> None:
        writer.write(said({"type": "progress", "text": text, "share": share}))

    is_open = False
    try:
        async with aclosing(sound.listen(may_install, progress)) as packets:
            async for packet in packets:
                if not is_open:
                    writer.write(said({"type": "opened"}))
                    is_open = True
                if writer.transport.get_write_buffer_size() > _UNSENT_MAX:
                    continue
                writer.write(Frame(PACKET if packet else SILENCE, packet).encode())
    except Exception as error:
        told = explain(error, journal.redactor.redact, journal.add)
        writer.write(said({"type": "failed", "error": dict(told.info)}))
    await writer.drain()
