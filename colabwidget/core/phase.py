"""How far a session is, or a desktop: the phases and what leads from one to another."""

from typing import Literal, get_args

#: How far a session is, or a desktop.
Phase = Literal["idle", "working", "connected", "reconnecting", "failed", "closing"]
PHASES: tuple[Phase, ...] = get_args(Phase)

#: What ends a phase.
Event = Literal["connect", "done", "trouble", "fail", "close", "closed"]

#: The phase that follows a phase at an event; no other event comes in that phase.
TRANSITIONS: dict[tuple[Phase, Event], Phase] = {
    ("idle", "connect"): "working",
    ("failed", "connect"): "working",
    ("working", "done"): "connected",
    ("working", "fail"): "failed",
    ("working", "close"): "closing",
    ("connected", "trouble"): "reconnecting",
    ("connected", "fail"): "failed",
    ("connected", "close"): "closing",
    ("reconnecting", "done"): "connected",
    ("reconnecting", "fail"): "failed",
    ("reconnecting", "close"): "closing",
    ("failed", "close"): "closing",
    ("closing", "closed"): "idle",
}


def is_resting(phase: str) -> bool:
    """Tell whether nothing goes on, so that Connect begins anew."""
    return phase in ("idle", "failed")


def is_going_on(phase: str) -> bool:
    """Tell whether there is a session, or a desktop, that can be closed."""
    return phase in ("working", "connected", "reconnecting")


def is_open(phase: str) -> bool:
    """Tell whether the session was connected, and still is or recovers."""
    return phase in ("connected", "reconnecting")


def is_connecting(phase: str) -> bool:
    """Tell whether the backend is at work on a connection."""
    return phase in ("working", "reconnecting")


def is_changing(phase: str) -> bool:
    """Tell whether another phase follows without a request."""
    return phase in ("working", "reconnecting", "closing")
