"""How busy a machine is."""

from typing import TypedDict


class Room(TypedDict):
    """Bytes of a memory or a disk."""

    used: int
    total: int


class GpuLoad(TypedDict):
    """How busy a graphics card is: a share of its time from 0 to 1, and its memory."""

    share: float
    memory: Room


class Load(TypedDict):
    """How busy a machine is, as far as it tells.

    Parameters
    ----------
    cpu
        Share from 0 to 1 of the processor time that this container or machine may use.
    memory
        What is in use of the memory that it may use; what can be given back at once is free.
    disk
        Of the file system with the notebook's folder.
    gpus
        Each graphics card.
    """

    cpu: float | None
    memory: Room | None
    disk: Room | None
    gpus: list[GpuLoad]
