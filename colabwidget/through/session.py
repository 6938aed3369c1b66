"""A session: bytes both ways without loss, over links that break. It does no I/O.

Both ends use it. An end keeps what the other has not acknowledged, at most a window of it, and
sends that again from where the other end says it is once there is another link. The end of a stream
takes one place behind its last byte, so that it is acknowledged as bytes are.
"""

from __future__ import annotations

from colabwidget.through import frames
from colabwidget.through.faults import Torn
from colabwidget.through.frames import Frame

#: Bytes that may be on the way, in each direction; each end holds as many at most.
WINDOW = 4 * 1024 * 1024
#: Bytes of one frame.
CHUNK = 32 * 1024
# An acknowledgement of its own is sent for so many bytes, or after so many seconds: each costs a
# key's echo a round trip on a distant link. Else it travels with data.
ACK_BYTES = 64 * 1024
ACK_AFTER = 1.5


class Session:
    """One end of a session.

    Parameters
    ----------
    window
        Bytes that may be unacknowledged; both ends have the same.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._kept = bytearray()  # what the other end has not acknowledged
        self._base = 0  # offset of its first byte
        self._next = 0  # offset of what is sent next on this link
        self._ended = False  # no more is written
        self._end_acknowledged = False
        self._inbox = bytearray()  # what has come and was not used
        self._received = 0  # offset of what comes next, the end's place among it
        self._used = 0
        self._told = 0  # how much the other end knows to be used
        self._peer_ended = False
        self._owed_since: float | None = None

    # What goes out

    @property
    def room(self) -> int:
        """How many bytes `write` takes now."""
        return 0 if self._ended else max(0, self._window - len(self._kept))

    def write(self, data: bytes) -> None:
        """Send bytes, at most `room` of them."""
        assert len(data) <= self.room, "more than there is room for"
        self._kept += data

    def end(self) -> None:
        """Send no more after this."""
        self._ended = True

    @property
    def all_arrived(self) -> bool:
        """Whether the other end has used all, and that it was all."""
        return self._end_acknowledged

    @property
    def _limit(self) -> int:
        """Offset behind all that can be sent, the end's place among it."""
        end = self._ended and not self._end_acknowledged
        return self._base + len(self._kept) + end

    @property
    def wants_to_send(self) -> bool:
        """Whether `output` has anything now, but for an acknowledgement that can wait."""
        return self._next < self._limit or self._used - self._told >= ACK_BYTES

    def output(self, now: float, size: int = 4 * CHUNK) -> bytes:
        """Return what the link has to carry next, frame by frame.

        Parameters
        ----------
        now
            Seconds of a clock that only grows.
        size
            About how many bytes of data.
        """
        parts = []
        sent, behind = 0, self._base + len(self._kept)
        with memoryview(self._kept) as kept:
            while self._next < behind and sent < size:
                piece = kept[self._next - self._base :][:CHUNK]
                parts.append(frames.encode(frames.DATA, self._next, piece))
                self._next += len(piece)
                sent += len(piece)
                piece.release()
        if self._next == behind < self._limit:
            parts.append(frames.encode(frames.END, self._next))
            self._next += 1
        if self._owes(now, with_data=bool(parts)):
            parts.insert(0, frames.encode(frames.ACK, self._used))
            self._told, self._owed_since = self._used, None
        return b"".join(parts)

    def ack_due(self, now: float) -> float | None:
        """Return in how many seconds an acknowledgement of its own is due; ``None`` for none."""
        if self._used == self._told:
            return None
        return max(0.0, (self._owed_since or now) + ACK_AFTER - now)

    def _owes(self, now: float, *, with_data: bool) -> bool:
        if self._used == self._told:
            return False
        if self._owed_since is None:
            self._owed_since = now
        # The end is told at once: the other end waits for nothing else.
        at_once = with_data or self._used - self._told >= ACK_BYTES or self.peer_is_done
        return at_once or now - self._owed_since >= ACK_AFTER

    # What comes in

    def receive(self, frame: Frame) -> None:
        """Take a frame of the kinds `DATA`, `END` and `ACK`.

        Raises
        ------
        Torn
            For one that does not follow those before.
        """
        kind, offset, payload = frame
        if kind == frames.ACK:
            self._acknowledge(offset)
            return
        if offset != self._received or self._peer_ended:
            raise Torn("Bytes are missing, or came twice.")
        if kind == frames.END:
            self._peer_ended = True
            self._received += 1
            self._use_end()
            return
        if len(self._inbox) + len(payload) > self._window:
            raise Torn("More came than there is room for.")
        self._inbox += payload
        self._received += len(payload)

    def _acknowledge(self, offset: int) -> None:
        if not self._base <= offset <= self._next:
            raise Torn("What was never sent is acknowledged.")
        self._end_acknowledged |= offset > self._base + len(self._kept)
        del self._kept[: offset - self._base]
        self._base = offset

    @property
    def has_come(self) -> bool:
        """Whether there is something that was not used."""
        return bool(self._inbox)

    def peek(self, size: int = 2 * CHUNK) -> bytes:
        """Return the first bytes that have come and were not used."""
        return bytes(self._inbox[:size])

    def used(self, count: int) -> None:
        """Note that so many bytes of what has come are used."""
        assert count <= len(self._inbox), "more than has come"
        del self._inbox[:count]
        self._used += count
        self._use_end()

    @property
    def peer_is_done(self) -> bool:
        """Whether all that the other end sends has come and is used."""
        return self._peer_ended and not self._inbox

    def _use_end(self) -> None:
        if self.peer_is_done:
            self._used = self._received

    # Links

    @property
    def received(self) -> int:
        """Offset that the other end goes on from on the next link."""
        return self._received

    def attach(self, peer_received: int) -> None:
        """Begin another link, at whose other end so much has arrived.

        Raises
        ------
        Torn
            For an offset that it cannot have.
        """
        if not self._base <= peer_received <= self._limit:
            raise Torn("The other end has what was never sent.")
        # What has arrived there is kept until it is used: only `ACK` tells that.
        self._next = peer_received
        # What was told may have been lost with the last link: it is told again.
        self._told = 0
        self._owed_since = None
