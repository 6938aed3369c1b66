"""OpenSSH's files on a paired computer: key, host keys, a block, and a line in its config."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from colabwidget.through import program
from colabwidget.through.faults import Fault
from colabwidget.through.profiles import Profile, Profiles, write_private

INCLUDE = "Include colabwidget/*.conf"
_BACKUP = "config.before-colabwidget"
_PROGRAM = "through.pyz"
#: Suffix of the socket at which one connection of ssh serves every command.
SHARED = ".ctl"
_SUFFIXES = (".conf", ".json", ".bridge", ".key", ".key.pub", ".known_hosts", ".once", SHARED)

#: What a block says of the machine's key, which alone is taken, and of the user's.
PINNED = """\
  HostKeyAlias colabwidget-{name}
  UserKnownHostsFile {known_hosts}
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  CheckHostIP no
  UpdateHostKeys no
  IdentityFile {key}
  IdentitiesOnly yes
"""
# What the machine begins a shell by; a command, scp and the like do not meet it. OpenSSH before 7.8
# cannot say it, and would refuse the whole file.
STAYS = """\
  IgnoreUnknown SetEnv
  SetEnv COLABWIDGET_TMUX=yes
"""
# The far end asks whether the client is there, and so does the client; ssh itself would give up a
# session sooner than it comes back.
_BLOCK = f"""\
Host {{name}}
  HostName {{name}}
  User {{user}}
{PINNED}\
  ServerAliveInterval 0
  ProxyCommand {{proxy}}
"""


def make_key(profiles: Profiles, name: str) -> str:
    """Make a key pair for a name, and return the public key.

    Raises
    ------
    Fault
        Where OpenSSH is not there, or makes none.
    """
    path = profiles.path(name, ".key")
    for each in (path, path.with_name(f"{path.name}.pub")):
        each.unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}-paired", "-f"]
    try:
        done = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        raise Fault("OpenSSH is missing on this computer: ssh-keygen was not found.") from None
    if done.returncode:
        raise Fault(f"ssh-keygen has made no key: {done.stderr.strip()[-200:]}")
    return path.with_name(f"{path.name}.pub").read_text().strip()


def write(profiles: Profiles, profile: Profile) -> None:
    """Write all that ssh needs for a profile, and include it; nothing where there is no sshd."""
    name = profile.name
    if not profile.machine.host_keys:
        for suffix in (".conf", ".known_hosts"):
            profiles.path(name, suffix).unlink(missing_ok=True)
        profiles.save(profile)
        return
    copy = profiles.folder / _PROGRAM
    write_private(copy, program.archive(compiled=True))
    words = [program.interpreter(), "-I", "-S", str(copy), "connect", name]
    block = _BLOCK.format(
        name=name,
        user=quoted(profile.machine.user),
        known_hosts=quoted(str(profiles.path(name, ".known_hosts"))),
        key=quoted(str(profiles.path(name, ".key"))),
        proxy=" ".join(map(_shell_word, words)),
    )
    if profile.tmux:
        block += STAYS
    profiles.save(profile)
    install(profiles, name, block, profile.machine.host_keys)


def install(profiles: Profiles, name: str, block: str, host_keys: Sequence[str]) -> None:
    """Write a block and its host keys, and have ssh's config include it.

    A connection that ssh keeps open under the name is closed: it leads where the name led before.
    """
    stop_sharing(profiles, name)
    hosts = "".join(f"colabwidget-{name} {key}\n" for key in host_keys)
    write_private(profiles.path(name, ".known_hosts"), hosts.encode())
    write_private(profiles.path(name, ".conf"), block.encode())
    _include(profiles)


def stop_sharing(profiles: Profiles, name: str) -> None:
    """Close the connection that ssh keeps open for the next command, if there is one."""
    socket = profiles.path(name, SHARED)
    if socket.exists():
        path = str(socket).replace("%", "%%")
        words = ["ssh", "-F", "none", "-o", f"ControlPath={path}", "-O", "exit", name]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(words, capture_output=True, check=False, timeout=10)


def remove(profiles: Profiles, name: str) -> None:
    """Remove all that belongs to a name; with the last one, what all have in common."""
    stop_sharing(profiles, name)
    for suffix in _SUFFIXES:
        profiles.path(name, suffix).unlink(missing_ok=True)
    if profiles.names():
        return
    (profiles.folder / _PROGRAM).unlink(missing_ok=True)
    try:
        profiles.folder.rmdir()
    except OSError:
        pass  # something of the user's is in it
    _exclude(profiles)


def is_included(profiles: Profiles) -> bool:
    """Tell whether ssh's config includes the blocks."""
    return INCLUDE in _lines(profiles.ssh / "config")


def _include(profiles: Profiles) -> None:
    config = profiles.ssh / "config"
    if is_included(profiles):
        return
    before = config.read_text() if config.exists() else ""
    if before:
        write_private(profiles.ssh / _BACKUP, before.encode())
    # Behind a Host line it would hold for that host only.
    write_private(config.resolve(), f"{INCLUDE}\n\n{before}".encode())


def _exclude(profiles: Profiles) -> None:
    config, backup = profiles.ssh / "config", profiles.ssh / _BACKUP
    if not is_included(profiles):
        return
    text = config.read_text()
    after = text.replace(f"{INCLUDE}\n\n", "", 1).replace(f"{INCLUDE}\n", "", 1)
    if after:
        write_private(config.resolve(), after.encode())
    else:
        config.resolve().unlink()
    if backup.exists() and backup.read_text() == after:
        backup.unlink()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def quoted(value: str) -> str:
    """Return a value as ssh_config has it: a percent sign stands for itself.

    Raises
    ------
    Fault
        For what no line of it can hold; it may come from a machine that means no good.
    """
    if '"' in value or not value.isprintable():
        raise Fault("A name has signs that ssh's files cannot hold.")
    return '"' + value.replace("%", "%%") + '"'


def _shell_word(word: str) -> str:
    """Return a word of ``ProxyCommand``, which a shell runs: cmd.exe on Windows."""
    text = word.replace("%", "%%")
    if sys.platform == "win32":
        return f'"{text}"' if " " in text else text
    plain = text.replace("%", "").replace("/", "").replace(".", "").replace("_", "")
    if plain.replace("-", "").isalnum():
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def has_ssh() -> bool:
    """Tell whether OpenSSH's client is on this computer."""
    return shutil.which("ssh") is not None
