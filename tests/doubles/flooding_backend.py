"""The real backend, with lines put into its journal from outside: orders on stdin, one a line.

An order is JSON: a number of lines of a package manager, a text of one's own, or a table that sets
attributes of the session's state, such as its phase. It serves on the socket of the runtime
directory of its environment and ends with its stdin.
"""

import asyncio
import json
import sys

from colabwidget.backend.server import Server
from colabwidget.core.secrets import Redactor
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from colabwidget.system.files import ensure_private

#: As long as apt's lines are on average.
LINE = "{number:08d} Setting up some-package:amd64 (1:2.3.4-5+deb12u6) ..."


async def main() -> None:
    directory = ensure_private(paths.runtime_directory())
    journal = Journal(directory / "journal.log", Redactor())
    server = Server(journal, ensure_private(directory / "session"))
    session = server.session
    session.state.phase = "working"  # in which a page shows the log

    async def cancel() -> None:
        """What is left of it where there is no session to take back."""
        journal.add("Cancelled.")
        session.state.phase = "idle"
        session.on_change()

    vars(session)["cancel"] = cancel

    async def feed() -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            order = json.loads(line)
            if isinstance(order, int):
                for number in range(order):
                    journal.add(LINE.format(number=number))
                    if number % 1000 == 999:
                        await asyncio.sleep(0)
            elif isinstance(order, str):
                journal.add(order)
            else:
                vars(session.state).update(order)
                session.on_change()
        session.state.phase = "idle"
        server.request_stop()

    feeding = asyncio.create_task(feed())
    await server.run(paths.socket_path(), lambda: print("ready", flush=True))
    feeding.cancel()
    journal.close()


asyncio.run(main())
