"""How long a text may be that is pasted on a desktop: servers and page have one limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from colabwidget.core.options import ANY_VNC_SERVER, VNC_SERVERS
from colabwidget.desktops import servers
from colabwidget.desktops.base import TEXT_MAX

PAGE = Path(__file__).parents[3] / "js" / "src" / "desktop" / "clipboard.ts"


@pytest.mark.parametrize("name", sorted({*VNC_SERVERS} - {ANY_VNC_SERVER}))
def test_each_server_is_told(name: str) -> None:
    assert re.search(rf"\b{TEXT_MAX}\b", " ".join(servers.find(name).options()))


def test_the_page_says_the_same() -> None:
    found = re.search(r"TEXT_MAX = ([\d *]+);", PAGE.read_text())
    assert found
    number = 1
    for factor in found.group(1).split("*"):
        number *= int(factor)
    assert number == TEXT_MAX
