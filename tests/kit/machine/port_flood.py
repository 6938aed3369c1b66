"""Connects to an SSH port again and again: port_flood.py HOST PORT TIMES.

Prints a JSON object: how often which kind of attempt was made, and how many got a banner. Some of
its connections stay open until its standard input ends.
"""

from __future__ import annotations

import asyncio
import collections
import json
import resource
import sys

AT_ONCE = 150
LISTENS = 1.0  # seconds
# Every so many attempts hold on to their connection, whatever the server does.
CLINGS = 15

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Flood:
    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._held: list[Streams] = []
        self.seen: collections.Counter[str] = collections.Counter()

    async def attempt(self, number: int) -> None:
        kind = ("hasty", "banner", "silent", "garbage")[number % 4]
        self.seen[kind] += 1
        try:
            reader, writer = await asyncio.open_connection(*self._place)
        except OSError:
            self.seen["not let in"] += 1
            return
        if number % CLINGS == 0:
            self._held.append((reader, writer))
            return
        try:
            if kind == "banner":
                writer.write(b"SSH-2.0-flood\r\n")
            if kind == "garbage":
                writer.write(bytes(range(256)) * 8)
            if kind != "hasty":
                answer = await asyncio.wait_for(reader.readline(), LISTENS)
                self.seen["greeted"] += answer.startswith(b"SSH-2.0-")
                # To the end of the connection, or until it has lasted long enough.
                await asyncio.wait_for(reader.read(), LISTENS)
        except (OSError, ValueError, asyncio.TimeoutError):
            pass
        finally:
            writer.transport.abort()

    async def run(self, times: int) -> None:
        numbers = iter(range(times))

        async def worker() -> None:
            for number in numbers:
                await self.attempt(number)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        self.seen["held"] = len(self._held)


async def main(host: str, port: str, times: str) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    flood = Flood(host, int(port))
    await flood.run(int(times))
    print(json.dumps(flood.seen), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
