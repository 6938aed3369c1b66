"""Every module that changes files is known, with why no other account can turn that against us.

What is below a path that the session's account can write stands in docs/security.md as well.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.kit.sources import ROOT, tracked

CHANGES = {
    *("chmod", "chown", "copy", "copytree", "fchmod", "fchown", "hardlink_to", "lchown", "link"),
    *("makedirs", "mkdir", "mkdtemp", "mkfifo", "move", "remove", "removedirs", "rename"),
    *("renames", "replace", "rmdir", "rmtree", "symlink", "symlink_to", "touch", "truncate"),
    *("unlink", "write_bytes", "write_text"),
}
# Of str, list and the like, which change no file.
_HARMLESS = {"replace", "remove", "copy", "link", "move", "truncate"}
ROOMS = ("access", "backend", "desktops", "ipc", "report", "runtime", "system", "tunnels")

PRIVATE = "in a directory of mode 0700 that is ours"
SYSTEM = "in a folder of the system that only root can write"
#: Modules, and where they change files. Those of the account are in docs/security.md.
KNOWN = {
    "access/account.py": SYSTEM,
    "access/account_change.py": SYSTEM,
    "access/google_drive.py": PRIVATE,
    "access/guest_account.py": f"{PRIVATE}, and {SYSTEM}",
    "access/host_key.py": PRIVATE,
    "access/login_environment.py": f"{PRIVATE}, and {SYSTEM}",
    "access/one_time_key.py": PRIVATE,
    "access/own_namespace.py": PRIVATE,
    "access/prior_account.py": PRIVATE,
    "access/shared_folder.py": "by descriptor: the notebook's folder, which is root's",
    "access/sshd.py": f"{PRIVATE}, and {SYSTEM}",
    "access/vscode_server.py": f"{PRIVATE}; the account itself unpacks it",
    "backend/__main__.py": "by mkdtemp: without a name, and so without root",
    "backend/files/folder.py": "as the account, by descriptor below the session's folder",
    "backend/files/receive.py": "as the account, by descriptor below the session's folder",
    "backend/close_left_open.py": PRIVATE,
    "backend/lifecycle.py": PRIVATE,
    "backend/server.py": PRIVATE,
    "backend/session.py": PRIVATE,
    "backend/state_files.py": PRIVATE,
    "backend/streams/server.py": PRIVATE,
    "backend/through/far_end.py": PRIVATE,
    "backend/streams/watching.py": SYSTEM,
    "backend/streams/shell.py": "by descriptor: a terminal that was just made",
    "desktops/launching.py": "in a private directory that is not yet the account's",
    "desktops/opengl.py": SYSTEM,
    "desktops/packages.py": PRIVATE,
    "desktops/vnc.py": PRIVATE,
    "desktops/x11.py": "names in /tmp: no link is followed, and the mode is set by descriptor",
    "runtime/apt.py": SYSTEM,
    "runtime/apt_machine.py": SYSTEM,
    "runtime/as_owner.py": "by descriptors, what is left of a folder that its owner has emptied",
    "runtime/journal_files.py": PRIVATE,
    "runtime/oom.py": "in /proc",
    "runtime/releases/fetch.py": PRIVATE,
    "runtime/releases/programs.py": PRIVATE,
    "runtime/unfinished.py": PRIVATE,
    "system/files.py": PRIVATE,
    "system/foreign_files.py": "by descriptors, below a private directory, its top last",
    "system/guard.py": SYSTEM,
    "system/places.py": "by descriptors, in a directory of its own",
    "system/user_namespace.py": PRIVATE,
    "tunnels/cloudflare/tunnel.py": PRIVATE,
    "tunnels/ngrok/program.py": "in pyngrok's place, the account's own",
    "tunnels/ngrok/tunnel.py": PRIVATE,
    "tunnels/relay/host_keys.py": PRIVATE,
    "tunnels/relay/tunnel.py": PRIVATE,
}


def changes(source: str) -> set[str]:
    """The calls in a module that change files."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, node.func.value
            of_os = isinstance(owner, ast.Name) and owner.id in ("os", "shutil", "tempfile")
            if name in CHANGES and (of_os or name not in _HARMLESS):
                found.add(name)
    return found


def modules() -> list[Path]:
    package = ROOT / "colabwidget"
    paths = [path.relative_to(package) for path in tracked("colabwidget/**.py", "colabwidget/*.py")]
    return [path for path in paths if path.parts[0].removesuffix(".py") in ROOMS]


def test_every_module_that_changes_files_is_known_with_its_reason() -> None:
    found = {str(path) for path in modules() if changes((ROOT / "colabwidget" / path).read_text())}
    assert found == {*KNOWN}


def test_files_in_tmp_are_read_by_one_module_only() -> None:
    """It is `foreign_files`; desktops have their sockets and locks there."""
    for path in modules():
        source = (ROOT / "colabwidget" / path).read_text()
        if '"/tmp' in source and path.parts[0] == "desktops":
            calls = {
                node.func.attr
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            assert not calls & {"read_text", "read_bytes", "rmtree", "write_text"}, path


def test_what_changes_files_is_told_from_what_does_not() -> None:
    assert changes("import os\nos.rename('a', 'b')\npath.chmod(1)") == {"rename", "chmod"}
    assert not changes("'a'.replace('a', 'b')\nlist.remove(1)\nfile.read_text()")
