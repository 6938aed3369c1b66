"""The card's own code of a bridge in any page: what JupyterLab's pages do, without JupyterLab."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright.sync_api import Page

_JS = Path(__file__).parents[3] / "js"
_START = "code => {{ {built}; return built.start(code).then(() => built.now()); }}"


def be_the_bridge(page: Page, code: str) -> dict[str, str]:
    """Have a page try it; what it says of it then."""
    source = _JS / "src" / "bridge" / "bridge.ts"
    command = [str(_JS / "node_modules" / ".bin" / "esbuild"), str(source), "--bundle"]
    command += ["--format=iife", "--global-name=built"]
    built = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    said: dict[str, str] = page.evaluate(_START.format(built=built), code)
    return said
