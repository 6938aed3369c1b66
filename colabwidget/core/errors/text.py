"""What is said of one failure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorText:
    """What is said of one error code.

    Parameters
    ----------
    title, cause, remedy
        What happened, why, and what to do; one line each.
    link
        Where the remedy is carried out or explained; empty where there is no such place.
    field
        The option at fault (``"token"``, ``"public_key"``, ...); empty where it is none.
    usual
        For docs/troubleshooting.md: what a cause that is all ``{reason}`` usually is.
    """

    title: str
    cause: str
    remedy: str
    link: str = ""
    field: str = ""
    usual: str = ""
