"""A step of a session. The backend makes them; a kernel passes them on as tables."""

from dataclasses import dataclass
from typing import Literal

#: How far a step is.
StepStatus = Literal["pending", "running", "done", "skipped", "failed", "cancelled"]


@dataclass
class StepInfo:
    """A named part of a session, with its progress.

    Parameters
    ----------
    name, title
        For programs and for people.
    status
        One of `StepStatus`.
    detail
        What is going on, in a few words.
    progress
        From 0 to 1; ``None`` where it cannot be told.
    seconds
        How long it took; ``None`` until it has ended.
    """

    name: str
    title: str
    status: StepStatus = "pending"
    detail: str = ""
    progress: float | None = None
    seconds: float | None = None
