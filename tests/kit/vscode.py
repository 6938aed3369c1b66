"""VS Code's maker, from whose address its server and its command line come."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from tests.doubles.releases import ReleaseServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROGRAM = "#!/bin/sh\necho 1.99.0; echo {}; echo x64; exit {}\n"


def archive(path: Path, name: str, said: str = COMMIT, status: int = 0) -> Path:
    """As the maker packs one: a program, and bytes that do not compress."""
    with tarfile.open(path, "w:gz") as whole:
        for member, data in ((name, PROGRAM.format(said, status).encode()), ("pad", None)):
            entry = tarfile.TarInfo(member if data else f"{name}.pad")
            body = data or os.urandom(200_000)
            entry.size, entry.mode = len(body), 0o755
            whole.addfile(entry, io.BytesIO(body))
    return path


class Maker:
    """The address that VS Code's own clients ask, which leads on to where the archives are."""

    def __init__(self, server: ReleaseServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.pack()

    def pack(self, said: str = COMMIT, status: int = 0) -> None:
        names = {"server-linux-x64": "top/bin/code-server", "cli-alpine-x64": "code"}
        for kind, name in names.items():
            made = archive(self.folder / f"{kind}.tar.gz", name, said, status)
            self.server.offer(f"https://localhost/stored/{kind}", made)
            self.server.fail(self.asked(kind), redirect=f"/stored/{kind}")

    def asked(self, kind: str) -> str:
        return f"https://localhost/commit:{COMMIT}/{kind}/stable"

    @property
    def requests(self) -> list[str]:
        return [each.path for each in self.server.requests]
