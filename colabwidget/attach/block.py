"""What ssh reads of an attached machine, on Linux, macOS and Windows."""

from __future__ import annotations

from pathlib import PurePath

from colabwidget.attach.string import Place
from colabwidget.through.ssh_files import PINNED, SHARED, STAYS, quoted

# A socket's path may have 104 bytes on macOS; ssh adds 17 of its own while it makes one.
_SOCKET_MAX = 104 - 17 - 1

_BLOCK = f"""\
Host {{name}}
  HostName {{host}}
  Port {{port}}
  User {{user}}
{PINNED}\
  PreferredAuthentications publickey
  ConnectTimeout 20
  ServerAliveInterval 15
  ServerAliveCountMax 4
"""
# The first command opens the connection, and the next ones go over it.
_SHARING = """\
  ControlMaster auto
  ControlPath {socket}
  ControlPersist 10m
"""


def block(
    place: Place,
    name: str,
    folder: PurePath,
    *,
    key: str = "",
    windows: bool = False,
    tmux: bool = False,
) -> str:
    """Return the block of a machine for ssh's configuration.

    Parameters
    ----------
    place
        Where the machine is; it is checked.
    name
        For ssh.
    folder
        Where its files are.
    key
        Name of the private key's file; empty for the one that the name has. A block with another
        key is used once, and shares no connection.
    windows
        Whether it is for Windows, whose ssh shares no connections.
    tmux
        Whether a shell there stays, and the next one comes back to it.
    """
    place.check()
    lines = _BLOCK.format(
        name=name,
        host=place.host.replace("%", "%%"),  # of an IPv6 address with its interface
        port=place.port,
        user=quoted(place.user),
        known_hosts=_path(folder / f"{name}.known_hosts"),
        key=_path(folder / (key or f"{name}.key")),
    )
    if place.proxy:
        lines += f"  ProxyCommand {place.proxy}\n"
    elif place.jump:
        lines += f"  ProxyJump {place.jump}\n"
    socket = folder / f"{name}{SHARED}"
    if not (windows or key or len(str(socket).encode()) > _SOCKET_MAX):
        lines += _SHARING.format(socket=_path(socket))
    return lines + (STAYS if tmux else "")


def _path(path: PurePath) -> str:
    # With slashes on Windows as well: ssh takes some backslashes for signs of its own.
    return quoted(path.as_posix())
