"""Only the registry names the built-in tunnels, so that a new one is a folder and a name there."""

from __future__ import annotations

import ast
import re

from colabwidget.tunnels.registry import ORDER
from tests.kit.machine.machine import ROOT

PACKAGE = ROOT / "colabwidget"
#: The option's default, and what `scripts/options.py` makes of it.
DEFAULT = {"core/options.py", "api.py", "widgets/connect.py", "widgets/option_traits.py"}
#: One is the name of a command as well, and of a place of the notebook's server.
COMMAND = {"__main__.py", "cli/__init__.py", "relays/server_extension.py"}
#: remocolab's users know tunnels by names of its own.
OTHER_NAMES = {"remocolab.py", *COMMAND}


def test_python_names_no_tunnel_outside_its_folder() -> None:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if place.startswith(tuple(f"tunnels/{name}/" for name in ORDER)):
            continue
        nodes = ast.walk(ast.parse(path.read_text()))
        words = {node.value for node in nodes if isinstance(node, ast.Constant)} & {*ORDER}
        if words:
            found[place] = words
    assert found.pop("tunnels/registry.py") == {*ORDER}
    assert [found.pop(place) for place in DEFAULT] == [{"ngrok"}] * len(DEFAULT)
    assert {*found} == OTHER_NAMES


def test_the_page_names_no_tunnel() -> None:
    word = re.compile(rf"""["'`](?:{"|".join(ORDER)})["'`]""")
    sources = [*(ROOT / "js" / "src").rglob("*.ts"), *(ROOT / "js" / "src").rglob("*.tsx")]
    assert len(sources) > 50
    assert [path.name for path in sources if word.search(path.read_text())] == []
