"""Released Debian packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.http import Refused
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.fetch import GITHUB


@dataclass(frozen=True)
class Release:
    """A released package, as an `Artifact`.

    Parameters
    ----------
    name
        For people.
    package, version, architecture
        What the package's control file says. Its version may go on after ``-`` or ``+``.
    url
        Its address.
    sha256
        In hexadecimal; checked where it is pinned. Without one, only the server's certificate
        vouches for the file.
    """

    name: str
    package: str
    version: str
    architecture: str
    url: str
    sha256: str = ""

    @property
    def file_name(self) -> str:
        """As apt needs it: the name ends in ``.deb``."""
        return f"{self.package}.deb"

    def address(self) -> str:
        """Return its address."""
        return self.url

    def pinned(self) -> str:
        """Return its SHA-256; empty where none is pinned."""
        return self.sha256

    async def check(self, file: Path, sha256: str, journal: Journal) -> str:
        """See that a file is this package, and return what it is; or raise `Refused`."""
        fields = ("Package", "Version", "Architecture")
        status, said = await process.output(["dpkg-deb", "--field", str(file), *fields])
        if status != 0:
            journal.add(said)
            raise Refused("It is no package that dpkg can read.")
        lines = (line.partition(": ") for line in said.splitlines())
        found = {name: value for name, _, value in lines}
        package, version, architecture = (found.get(name, "") for name in fields)
        if package != self.package:
            raise Refused(f"It is another package: {package}, not {self.package}.")
        if version != self.version and not version.startswith(
            (f"{self.version}-", f"{self.version}+")
        ):
            raise Refused(f"It is another version: {version}, not {self.version}.")
        if architecture != self.architecture:
            raise Refused(
                f"It is for another architecture: {architecture}, not {self.architecture}."
            )
        return f"{package} {version} for {architecture}"

    def failure(self, reason: str) -> ColabWidgetError:
        """Return the error ``download_failed``."""
        return ColabWidgetError("download_failed", name=self.name, reason=reason)


def deb_on_github(
    name: str, project: str, version: str, sums: Mapping[str, str]
) -> tuple[Release, ...]:
    """Return the Debian packages of a release on GitHub, one for each architecture.

    Parameters
    ----------
    name
        For people; in small letters, it is the package's.
    project
        ``"OWNER/REPOSITORY"``.
    version
        As the release is tagged.
    sums
        The SHA-256 of each, by architectures as Debian calls them; empty where none is pinned.
    """
    package = name.lower()
    folder = f"{GITHUB}/{project}/releases/download/{version}"
    return tuple(
        Release(name, package, version, each, f"{folder}/{package}_{version}_{each}.deb", sha256)
        for each, sha256 in sums.items()
    )


def for_architecture(releases: Iterable[Release], architecture: str) -> Release | None:
    """Return the release for an architecture; ``None`` where there is none."""
    return next((each for each in releases if each.architecture == architecture), None)
