"""One module asks the system for accounts and groups: it may ask a directory that is gone.

`colabwidget.runtime.lookups` calls that module with a limit on the time; all others read what is in
/etc/passwd and /etc/group, or what was heard before.
"""

from __future__ import annotations

import ast

from tests.kit.sources import ROOT, tracked

ASKS = {
    *("getpwnam", "getpwuid", "getpwall", "getgrnam", "getgrgid", "getgrall", "getgrouplist"),
    *("initgroups", "getuser", "expanduser", "owner", "group"),
}
#: As methods and functions of these: ``re.Match.group`` is another matter.
OWNERS = {"pwd", "grp", "os", "getpass", "path"}
KNOWN = {
    # In a process of its own, which one transfer waits for.
    "backend/files/worker.py": {"initgroups"},
    "system/accounts.py": {"getpwnam", "getpwuid", "getgrnam"},
    # In a kernel, which a person waits for: `~NAME` in the name of a key file.
    "system/key_files.py": {"expanduser"},
}


def asks(source: str) -> set[str]:
    """The calls of a module that may ask a directory service."""
    return {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in ASKS
        and ast.unparse(node.value).rpartition(".")[2] in OWNERS
    }


def test_accounts_are_asked_for_in_one_place() -> None:
    package = ROOT / "colabwidget"
    found = {
        str(path.relative_to(package)): names
        for path in tracked("colabwidget/**.py", "colabwidget/*.py")
        if (names := asks(path.read_text()))
    }
    assert found == KNOWN


def test_what_asks_is_told_from_what_does_not() -> None:
    assert asks("import pwd\npwd.getpwnam(a)\nos.path.expanduser(b)") == {"getpwnam", "expanduser"}
    assert not asks("match.group(1)\nentry.pw_name")
