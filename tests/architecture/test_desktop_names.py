"""A desktop environment and a VNC server are known by name in their own files only.

What is asked of them in code elsewhere would be a special case, which a new one cannot have.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from colabwidget.core.options import ANY_VNC_SERVER, VNC_SERVERS
from colabwidget.desktops import environments

PACKAGE = Path(__file__).parents[2] / "colabwidget"
SOURCES = PACKAGE.parent / "js" / "src"
OWN = (
    *(f"desktops/environments/{name}/" for name in environments.ORDER),
    *(f"desktops/servers/{name}.py" for name in VNC_SERVERS),
)
#: What else has such a name, and why.
ELSEWHERE = {
    "core/options.py": "the table of VNC servers, and the help of its option",
    "desktops/environments/__init__.py": "the order of environments",
    "widgets/option_traits.py": "the help of the option, written from its table",
    "core/errors/catalog/desktop.py": "a text for people",
    "core/details.py": "files for viewers, which are other programs than the servers",
    "remocolab.py": "a text for people, as remocolab has it",
}


def strings(source: str) -> Iterator[str]:
    """Return the strings of a module's code, without its docstrings."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def is_named_in(source: str) -> bool:
    names = {*environments.ORDER, *VNC_SERVERS} - {ANY_VNC_SERVER}
    pattern = re.compile("|".join(sorted(names)), re.I)
    return any(pattern.search(text) for text in strings(source))


def test_environments_and_servers_are_named_in_their_own_files_only() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if is_named_in(path.read_text())
    }
    assert {path for path in found if not path.startswith(OWN)} == {*ELSEWHERE}
    assert all(any(path.startswith(own) for path in found) for own in OWN if "auto" not in own)


def test_the_form_offers_the_servers_of_the_table() -> None:
    made = (SOURCES / "wire/options.ts").read_text()
    listed = made.partition("export const VNC_SERVERS: Choice[] = [")[2].partition("];")[0]
    assert dict(re.findall(r'value: "(\w+)", title: "([^"]+)"', listed)) == VNC_SERVERS
    assert "choices={VNC_SERVERS}" in (SOURCES / "card/form/AccessFields.tsx").read_text()


def test_the_page_names_servers_in_the_table_only() -> None:
    pattern = re.compile("|".join({*VNC_SERVERS} - {ANY_VNC_SERVER}), re.I)
    found = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.ts*")
        if pattern.search(path.read_text())
    }
    viewers = "card/connected/Desktop.tsx"  # files for viewers, which are other programs
    assert found == {"wire/options.ts", "wire/protocol.ts", "wire/shapes.ts", viewers}


def test_a_special_case_is_found() -> None:
    assert is_named_in('"""A module."""\nif server.name == "turbovnc":\n    pass\n')
    assert is_named_in("from colabwidget.desktops import servers\nservers.TigerVNC()\n")
    assert not is_named_in('"""TigerVNC is one."""\n\n\ndef work():\n    """XFCE."""\n')
