"""Another client of a kernel, which hears what the kernel sends and says nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zmq

from tests.kit.machine.tokens import forms_of

_POLL = 100  # milliseconds


class OtherClient:
    """All that a kernel has sent to all of its clients, as bytes, buffers among them.

    Parameters
    ----------
    connection
        The file by which a client connects to the kernel.
    """

    def __init__(self, connection: Path) -> None:
        where = json.loads(connection.read_text())
        self._messages: list[bytes] = []
        self._address = f"{where['transport']}://{where['ip']}:{where['iopub_port']}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def heard(self) -> bytes:
        """What has come so far."""
        return b"\n".join(self._messages)

    def secrets(self, secrets: Iterable[str]) -> list[str]:
        """Those of the secrets that it has heard, in any form."""
        heard = self.heard()
        return [each for each in secrets if any(form in heard for form in forms_of(each))]

    def close(self) -> None:
        self._stop.set()
        self._thread.join(20)

    def _listen(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.subscribe(b"")
            socket.connect(self._address)
            while not self._stop.is_set():
                if socket.poll(_POLL):
                    self._messages.append(b"\n".join(socket.recv_multipart()))


@contextmanager
def other_client(runtime: Path) -> Iterator[OtherClient]:
    """A client of the one kernel whose connection file is in this directory."""
    (connection,) = runtime.glob("kernel-*.json")
    client = OtherClient(connection)
    try:
        yield client
    finally:
        client.close()
