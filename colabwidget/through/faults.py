"""What can be wrong on the way, each as one sentence for people."""

from __future__ import annotations


class Fault(Exception):
    """What is wrong, in a sentence; no secret is in it."""


class Passing(Fault):
    """What may pass by itself: it is worth another try."""


class Lost(Passing):
    """A link that has broken or was closed."""


class Torn(Lost):
    """Bytes that no end of ours can have sent in this order: the link is given up."""
