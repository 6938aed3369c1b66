"""The package's metadata names every licence of what is in it, and carries the texts."""

from __future__ import annotations

import re
from importlib.metadata import metadata

from tests.kit.sources import ROOT

NOTICES = "colabwidget/static/third-party.txt"
HEADING = re.compile(r"^=+\n(\S+) (\S+): (\S+), in (.+)\n=+$", re.M)


def test_the_expression_has_each_licence_of_the_front_end() -> None:
    named = metadata("colabwidget")["License-Expression"].split(" AND ")
    bundled = {licence for _, _, licence, _ in HEADING.findall((ROOT / NOTICES).read_text())}
    assert bundled and {*bundled, "MIT"} <= set(named)
    # Of files within a package, whose own metadata is silent about them.
    assert {"BSD-2-Clause", "LicenseRef-Widget-Workshop"} <= set(named)


def test_the_texts_are_part_of_the_package() -> None:
    files = metadata("colabwidget").get_all("License-File") or []
    assert sorted(files) == ["LICENSE", NOTICES]
    assert all((ROOT / file).is_file() for file in files)
