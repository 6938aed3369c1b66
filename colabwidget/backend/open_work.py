"""What is in the way of an end that was asked for: clients that are in, windows that are open."""

from __future__ import annotations

import asyncio

from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.desktop import Desktop

_NAMED_MAX = 3
# Seconds that X has to answer: its account can hold it up, and the way in has to close.
_ANSWER_MAX = 1.0


async def ask(desktop: Desktop, clients: int = 0) -> None:
    """Ask before an end, by an error, where something would be lost.

    Parameters
    ----------
    desktop
        The session's.
    clients
        How many are signed in over SSH.

    Raises
    ------
    ColabWidgetError
        ``windows_open``, ``clients_connected``.
    """
    people = "One client is" if clients == 1 else f"{clients} clients are"
    try:
        windows = await asyncio.wait_for(desktop.windows(), _ANSWER_MAX)
    except asyncio.TimeoutError:
        windows = []
    if windows:
        titles = "; ".join(windows[:_NAMED_MAX]) + "; …" * (len(windows) > _NAMED_MAX)
        raise ColabWidgetError(
            "windows_open",
            windows="One window is" if len(windows) == 1 else f"{len(windows)} windows are",
            reason=f"What was not saved there would be lost: {titles}."
            + (f" {people} signed in over SSH, too." if clients else ""),
        )
    if clients:
        raise ColabWidgetError("clients_connected", clients=people)
