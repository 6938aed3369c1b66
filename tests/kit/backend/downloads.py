"""What the tests of downloads share: a download, why it was refused, and what was asked for."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops import opengl, servers
from colabwidget.runtime.http import Patience
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.debs import Release, for_architecture
from colabwidget.runtime.releases.fetch import fetch
from tests.doubles.releases import ReleaseServer

needs_tools = pytest.mark.skipif(
    not (shutil.which("dpkg-deb") and shutil.which("openssl")), reason="needs dpkg-deb and openssl"
)

AT_ONCE = Patience(pauses=(0.0, 0.0, 0.0))
TRIES = len(AT_ONCE.pauses) + 1
PADDING = 300_000  # bytes

Told = list[tuple[str, float | None]]


#: Released packages by name.
RELEASES = {"turbovnc": servers.find("turbovnc").releases, "virtualgl": opengl.RELEASES}


def known(package: str, for_: str = "amd64") -> Release:
    """A release at its place, of which a test has a package of its own."""
    found = for_architecture(RELEASES[package], for_)
    assert found
    return replace(found, sha256="")


TURBOVNC = known("turbovnc")


def download(
    folder: Path,
    journal: Journal,
    wanted: Release = TURBOVNC,
    patience: Patience = AT_ONCE,
    told: Told | None = None,
) -> Path:
    def progress(text: str, share: float | None) -> None:
        if told is not None:
            told.append((text, share))

    work = fetch(wanted, folder, progress, journal, patience)
    return asyncio.run(asyncio.wait_for(work, 60))


def refusal(folder: Path, journal: Journal, *arguments: Any) -> str:
    """Why it failed; nothing is left behind then."""
    with pytest.raises(ColabWidgetError) as caught:
        download(folder, journal, *arguments)
    assert caught.value.code == "download_failed"
    assert caught.value.info["title"] == "TurboVNC could not be downloaded."
    assert not folder.exists() or list(folder.iterdir()) == []
    reason = caught.value.info["cause"]
    assert reason[0].isupper() and reason.endswith(".")
    return reason


def lines(journal: Journal) -> str:
    return "\n".join(journal.since(0, 100_000)[1])


def ranges(server: ReleaseServer) -> list[str]:
    return [request.range for request in server.requests]
