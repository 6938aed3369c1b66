"""What every way gives: a link to the backend, as a stream of bytes."""

from __future__ import annotations

from typing import Protocol

from colabwidget.through.jupyter import Server
from colabwidget.through.pairing import Machine


class Link(Protocol):
    """Bytes both ways; nothing of it waits."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""

    @property
    def pending(self) -> int:
        """Bytes that are still to be sent."""

    @property
    def wants_write(self) -> bool:
        """Whether to wait until it can be written to."""

    def send(self, data: bytes) -> None:
        """Send bytes as far as that is possible now, the rest with `flush`.

        Raises
        ------
        Lost
            Where the link is broken.
        """

    def flush(self) -> None:
        """Send what can be sent now; raises as `send` does."""

    def receive(self) -> bytes:
        """Return the bytes that have come; raises as `send` does."""

    def close(self, *, for_good: bool = False) -> None:
        """Close it; what was made for it at the server ends by itself.

        Parameters
        ----------
        for_good
            Whether no other link follows: what does not end by itself is then removed.
        """


class Way(Protocol):
    """One kind of link; each module of this folder has one as ``WAY``."""

    #: As ``--way`` names it.
    name: str

    def probe(self, server: Server) -> bool:
        """Tell whether the server offers it.

        Raises
        ------
        Fault
            Where the server cannot be asked.
        """

    def open(self, server: Server, machine: Machine) -> Link:
        """Open a link.

        Raises
        ------
        Fault
            With what is wrong.
        """
