"""A stream of the machine's, over a session of a paired computer."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

from colabwidget.through import links
from colabwidget.through.client import Client, Identity
from colabwidget.through.ends import SocketEnds
from colabwidget.through.faults import Fault
from colabwidget.through.handshake import RESUME_MAX
from colabwidget.through.profiles import Profile, Profiles

_LINE_MAX = 64 * 1024


class Stream:
    """A request to the machine, and the bytes both ways after it.

    Parameters
    ----------
    profiles, profile, token
        What this computer is paired with, and the server's token.
    request
        See `colabwidget.ipc.streams`.

    Raises
    ------
    Fault
        With what is wrong, here or there.
    """

    def __init__(
        self, profiles: Profiles, profile: Profile, token: str, request: dict[str, Any]
    ) -> None:
        if profile.machine.host_keys:
            raise Fault(f"There is an SSH server: use ssh, scp and sftp with {profile.name}.")
        self.socket, theirs = socket.socketpair()
        self._theirs = theirs
        self._fault: Fault | None = None
        identity = Identity(profile.client, profile.key)
        self._client = Client(
            lambda: links.link_of(profiles, profile, token),
            identity,
            SocketEnds(theirs, theirs),
            RESUME_MAX,
        )
        self._work = threading.Thread(target=self._carry, daemon=True)
        self._work.start()
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        self._reader = self.socket.makefile("rb")
        line = self._reader.readline(_LINE_MAX)
        if not line:
            self.close()
            raise self._fault or Fault("The session is over at the notebook's machine.")
        #: What the machine has answered.
        self.answer: dict[str, Any] = json.loads(line)
        if error := self.answer.get("error"):
            self.close()
            raise Fault(" ".join(str(error.get(each, "")) for each in ("title", "cause")).strip())

    def read(self, size: int) -> bytes:
        """Return so many bytes, less at the end only; raises `Fault` where it has broken off."""
        return self._seen(self._reader.read(size))

    def read_some(self) -> bytes:
        """Return what has come, empty at the end; raises as `read` does."""
        return self._seen(self._reader.read1(65_536))

    def close(self) -> None:
        """Be over."""
        self._client.stopped = True
        try:
            self._client.wakes.send(b"x")
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self._work.join(5.0)
        self.socket.close()

    def _seen(self, data: bytes) -> bytes:
        if not data and self._fault:
            raise self._fault
        return data

    def _carry(self) -> None:
        try:
            self._client.run()
        except Fault as fault:
            if not self._client.stopped:
                self._fault = fault
        except OSError:
            pass
        finally:
            self._client.leave()
            self._theirs.close()
