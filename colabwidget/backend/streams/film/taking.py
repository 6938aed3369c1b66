"""How many pictures a second are worth making: as many as are taken."""

from __future__ import annotations

_LOOK_EVERY = 1.0  # seconds
_HELD, _FREE = 0.5, 0.1  # shares of pictures that had to wait: too many, next to none
_BELOW = 0.8  # of what was taken; then nothing waits
_MORE = 2  # times, and as much less at most: a moment's trouble is soon made good
_LEAST = 8  # pictures a second
_PATIENCE_MOST = 32  # looks until more is tried


class Taking:
    """Counts pictures that are taken, for an encoder that works some pictures ahead.

    What is ahead gets old wherever fewer are taken than are made.

    Parameters
    ----------
    most
        How many pictures a second are made at most.
    now
        Seconds of a clock that only grows.
    """

    def __init__(self, most: int, now: float) -> None:
        self._most = most
        self._since = now
        self._count = self._held = 0
        self._calm, self._patience, self._has_raised = 0, 0, False
        #: How many pictures a second to make.
        self.rate = most

    def take(self, now: float, waited: float) -> bool:
        """Count a picture that was taken; tell whether the rate is another one from here on.

        Parameters
        ----------
        now
            The time.
        waited
            Seconds after which the next one was asked for.
        """
        self._count += 1
        self._held += waited * self.rate > 1  # the next one was made meanwhile
        if now - self._since < _LOOK_EVERY:
            return False
        share, taken = self._held / self._count, self._count / (now - self._since)
        self._since, self._count, self._held = now, 0, 0
        wanted = self.rate
        if share > _HELD:
            # Each try of more costs a key, and pictures that come late.
            if self._has_raised:
                self._patience = min(4 * self._patience + 1, _PATIENCE_MOST)
            self._calm, self._has_raised = 0, False
            wanted = min(max(int(_BELOW * taken), self.rate // _MORE, _LEAST), self.rate)
        elif share < _FREE and self.rate < self._most:
            self._calm += 1
            if self._calm > self._patience:
                self._calm, self._has_raised = 0, True
                wanted = min(_MORE * self.rate, self._most)
        is_another = wanted != self.rate
        self.rate = wanted
        return is_another
