"""Places for sockets and keys are tried in turn: the account's alone, on a disk that has both."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.system import accounts, paths, places

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can give a directory away")
OTHER = 12_345


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, runtime: Path) -> Iterator[Path]:
    """The home is the only place but those of all accounts, which are below a folder, too."""
    base = runtime.parent
    made = base / "home"
    shared = base / "tmp"
    made.mkdir(mode=0o700)
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(paths, "SHARED_BASES", (str(shared),))
    monkeypatch.setattr(paths, "RUN_BASE", "/proc/nowhere")
    monkeypatch.setattr(paths, "STATE_BASE", "/proc/nowhere")
    monkeypatch.setattr(places, "probed", {})
    monkeypatch.setattr(accounts, "home", lambda: made)
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name)
    yield made


def in_home(home: Path) -> Path:
    return home / ".cache/colabwidget/run"


def in_tmp(home: Path) -> Path:
    return home.with_name("tmp") / f"colabwidget-{os.geteuid()}"


def everything(home: Path) -> set[Path]:
    return set(home.parent.rglob("*"))


def test_the_home_is_used_and_nothing_is_made_by_looking(home: Path) -> None:
    before = everything(home)
    assert paths.runtime_directory() == in_home(home)
    assert paths.state_directory() == home / ".local/state/colabwidget"
    assert everything(home) == before


def test_folders_are_closed_whatever_the_umask_is(home: Path) -> None:
    before = os.umask(0)
    try:
        made = paths.ensure_runtime_directory()
    finally:
        os.umask(before)
    for folder in (made, made.parent, made.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("lack", ["locks", "sockets", "modes"])
def test_a_home_whose_file_system_lacks_something_is_avoided(
    home: Path, monkeypatch: pytest.MonkeyPatch, lack: str
) -> None:
    """Lustre has no locks, SMB no sockets, and some file systems give all files one mode."""

    def below_home(number: int) -> bool:
        return home in Path(f"/proc/self/fd/{number}").readlink().parents

    def flock(file: Any, how: int) -> None:
        if below_home(file if isinstance(file, int) else file.fileno()):
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    usual_bind, usual_fstat = socket.socket.bind, os.fstat

    def bind(self: socket.socket, address: str) -> None:
        if below_home(int(address.split("/")[4])):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        usual_bind(self, address)

    def fstat(number: int) -> os.stat_result:
        found = usual_fstat(number)
        changed = found.st_mode | 0o77 if below_home(number) else found.st_mode
        return os.stat_result((changed, *found[1:]))

    patches: dict[str, tuple[Any, str, Any]] = {
        "locks": (fcntl, "flock", flock),
        "sockets": (socket.socket, "bind", bind),
        "modes": (os, "fstat", fstat),
    }
    monkeypatch.setattr(*patches[lack])
    before = everything(home)
    assert paths.runtime_directory() == in_tmp(home)
    assert everything(home) == before
    state = paths.state_directory()
    assert state == (
        in_tmp(home) / "state" if lack == "modes" else home / ".local/state/colabwidget"
    )


def test_a_full_disk_is_not_avoided(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another place does not mend it, and it is told as what it is."""

    def flock(file: Any, how: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fcntl, "flock", flock)
    assert paths.runtime_directory() == in_home(home)


@pytest.mark.parametrize(
    "name", ["it's", 'a"b', "back\\slash", "50%", "$HOME", "new\nline", "a\tb"]
)
def test_a_home_that_openssh_s_files_cannot_name_is_avoided(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    odd = home.with_name(name)
    home.rename(odd)
    monkeypatch.setattr(accounts, "home", lambda: odd)
    assert paths.runtime_directory() == in_tmp(home)
    assert paths.state_directory() == in_tmp(home) / "state"


def test_a_home_with_a_space_or_in_another_script_is_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = home.with_name("Zoë Meier 家")
    home.rename(odd)
    monkeypatch.setattr(accounts, "home", lambda: odd)
    assert paths.runtime_directory() == in_home(odd)


def test_a_path_that_no_socket_can_have_leads_to_the_next_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 107 - len("/colabwidget/backend.sock") - len(f"{home}/")
    for length, used in ((room, True), (room + 1, False)):
        folder = home / ("x" * length)
        folder.mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        assert (paths.runtime_directory() == folder / "colabwidget") is used
    # The limit counts bytes, not characters; and a name may be longer than any file's.
    for name in ("ä" * (room // 2 + 1), "x" * 300):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / name))
        assert paths.runtime_directory() == in_home(home)
        assert not paths.may_be_served()


@pytest.mark.parametrize("missing", ["/proc/nowhere", "relative", "/etc/hostname/x"])
def test_a_runtime_folder_that_cannot_be_made_leads_to_the_next_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """Containers and ``su -m`` bring the variable, and not the folder."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, missing)
    assert paths.runtime_directory() == in_home(home)
    assert paths.state_directory() == home / ".local/state/colabwidget"


@as_root
@pytest.mark.parametrize("whose", ["another account's", "below another account's", "open to all"])
def test_a_runtime_folder_that_another_account_can_change_leads_to_the_next_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    folder = home.with_name("given")
    (folder / "below").mkdir(parents=True, mode=0o755)
    if whose == "open to all":
        folder.chmod(0o777)
    else:
        os.chown(folder, OTHER, OTHER)
    given = folder if whose == "another account's" else folder / "below"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(given))
    before = everything(home)
    assert paths.runtime_directory() == in_home(home)
    assert everything(home) == before
    if whose == "open to all":
        folder.chmod(0o1777)  # as /tmp is: only the owner of what is in it can exchange that
        assert paths.runtime_directory() == given / "colabwidget"


@as_root
def test_a_link_that_leads_through_another_account_s_folder_is_no_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the path as it is written nor the one that it ends at names that folder."""
    theirs, ours = home.with_name("theirs"), home.with_name("ours")
    theirs.mkdir()
    ours.mkdir(mode=0o700)
    (theirs / "on").symlink_to(ours)
    home.with_name("first").symlink_to(theirs / "on")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home.with_name("first")))
    assert paths.runtime_directory() == home.with_name("first") / "colabwidget"
    os.chown(theirs, OTHER, OTHER)
    assert paths.runtime_directory() == in_home(home)
    (theirs / "on").unlink()
    (theirs / "on").symlink_to(theirs / "on")
    assert paths.runtime_directory() == in_home(home)


@as_root
def test_no_backend_begins_where_another_account_only_pretends_that_one_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``su`` keeps the variable. It holds the lock in a folder of root's that it can exchange."""
    theirs = home.with_name("theirs")
    (theirs / "colabwidget").mkdir(parents=True, mode=0o777)
    (theirs / "colabwidget").chmod(0o777)
    os.chown(theirs, OTHER, OTHER)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(theirs))
    with (theirs / "colabwidget" / "lock").open("w") as lock:
        os.fchown(lock.fileno(), OTHER, OTHER)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ColabWidgetError) as raised:
            paths.ensure_runtime_directory()
        assert raised.value.code == "runtime_directory"
        assert f"{theirs} belongs to another account." in raised.value.info["cause"]
    assert paths.ensure_runtime_directory() == in_home(home)


@as_root
def test_root_with_another_account_s_home_takes_no_folder_below_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``sudo`` may keep HOME; its owner could exchange what is root's in it."""
    inner = home / "root-s"
    inner.mkdir(mode=0o700)
    os.chown(home, OTHER, OTHER)
    monkeypatch.setattr(accounts, "home", lambda: inner)
    assert paths.runtime_directory() == in_tmp(home)
    assert paths.state_directory() == in_tmp(home) / "state"


@as_root
@pytest.mark.parametrize("whose", ["another account's", "root's, open to its group"])
def test_a_home_of_another_account_is_no_place_and_one_of_the_group_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    """``sudo`` may keep HOME; volumes of JupyterHub belong to root and to the users' group."""
    entry = ("me", "x", os.geteuid(), 0, "", str(home), "/bin/sh")
    monkeypatch.setattr(accounts, "own", lambda: pwd.struct_passwd(entry))
    if whose == "another account's":
        os.chown(home, OTHER, OTHER)
        assert paths.runtime_directory() == in_tmp(home)
    else:
        os.chown(home, 0, OTHER)
        home.chmod(0o2775)
        assert paths.runtime_directory() == in_home(home)


@as_root
@pytest.mark.parametrize("kind", ["link", "directory"])
def test_what_another_account_has_put_into_tmp_is_left_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    another = home.with_name("var-tmp")
    another.mkdir()
    another.chmod(0o1777)
    monkeypatch.setattr(paths, "SHARED_BASES", (str(in_tmp(home).parent), str(another)))
    os.chown(home, OTHER, OTHER)
    if kind == "link":
        in_tmp(home).symlink_to(home)
    else:
        in_tmp(home).mkdir(mode=0o777)
    os.chown(in_tmp(home), OTHER, OTHER, follow_symlinks=False)
    assert paths.ensure_runtime_directory() == another / in_tmp(home).name
    assert kind == "link" or not list(in_tmp(home).iterdir())


@as_root
def test_where_no_place_can_be_used_the_reason_is_told(home: Path) -> None:
    os.chown(home, OTHER, OTHER)
    in_tmp(home).parent.chmod(0o777)
    with pytest.raises(ColabWidgetError) as raised:
        paths.ensure_runtime_directory()
    assert raised.value.code == "runtime_directory"
    first = Path("/proc/nowhere/colabwidget") if ROOT else in_home(home)
    assert str(first) in raised.value.info["title"]
    assert raised.value.info["cause"].endswith(".")


@as_root
def test_a_backend_that_runs_is_found_where_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where an earlier place has become usable, or its own has ceased to be."""
    home.rename(home.with_name("away"))
    directory = paths.ensure_runtime_directory()
    assert directory == in_tmp(home)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        home.with_name("away").rename(home)
        assert paths.runtime_directory() == directory
        directory.parent.chmod(0o777)
        assert paths.runtime_directory() == directory
    assert paths.runtime_directory() == in_home(home)
