"""`connect` and its companions: the same as the widget, for scripts and terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO, overload

from colabwidget.control.operations import (
    Connection,
    disconnect,
    open_connection,
    open_notebook_desktop,
    set_desktop,
    status,
)
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import (
    DESKTOP_OPTIONS,
    NO_TUNNEL,
    OPTIONS,
    TOKEN_GIVEN,
    TOKEN_SECRET,
    Options,
    check_names,
)
from colabwidget.tunnels import validation

if TYPE_CHECKING:
    from colabwidget.widgets.desktop import Desktop

__all__ = ["Connection", "connect", "disconnect", "set_desktop", "status"]


@overload
def connect(
    tunnel: None,
    *,
    # <made by scripts/options.py: desktop parameters>
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    # </made>
    progress: TextIO | None = None,
) -> Desktop: ...


@overload
def connect(
    # <made by scripts/options.py: connect parameters>
    tunnel: str = "ngrok",
    region: str = "",
    ssh: bool = True,
    desktop: bool = False,
    token: str = "",
    token_secret: str = "",
    public_key: str = "",
    user: str = "colab",
    address: str = "",
    server: str = "",
    server_key: str = "",
    identity: str = "",
    idle_timeout: int = 60,
    session_timeout: int = 0,
    sudo: bool = True,
    agent_forwarding: bool = False,
    remote_forwarding: bool = False,
    mount_gdrive_to: str = "",
    mount_gdrive_from: str = "",
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    root_keys: bool = False,
    # </made>
    progress: TextIO | None = None,
) -> Connection: ...


def connect(
    # <made by scripts/options.py: connect parameters, with None>
    tunnel: str | None = "ngrok",
    region: str = "",
    ssh: bool = True,
    desktop: bool = False,
    token: str = "",
    token_secret: str = "",
    public_key: str = "",
    user: str = "colab",
    address: str = "",
    server: str = "",
    server_key: str = "",
    identity: str = "",
    idle_timeout: int = 60,
    session_timeout: int = 0,
    sudo: bool = True,
    agent_forwarding: bool = False,
    remote_forwarding: bool = False,
    mount_gdrive_to: str = "",
    mount_gdrive_from: str = "",
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    root_keys: bool = False,
    # </made>
    progress: TextIO | None = None,
    **unknown: object,
) -> Connection | Desktop:
    """Open SSH into this machine, and a desktop if asked for, and return how to sign in.

    Where a connection with the same options is open already, it is returned; a desktop that
    it lacks is added to it. With ``tunnel=None`` all stays inside the notebook: there is a
    desktop, for the notebook only, which is returned as `colabwidget.Desktop` for a cell to show.

    Parameters
    ----------
    tunnel : str or None
        What makes the machine reachable. Values: ``ngrok``, ``cloudflare``, ``relay``, ``direct``,
        ``through``, or one of another package.
    region : str
        One of the tunnel's regions; empty for the nearest.
    ssh : bool
        Whether SSH is opened.
    desktop : bool
        Whether a desktop is opened, which clients reach through SSH.
    token : str
        The tunnel's authtoken; without it and ``token_secret`` a prompt asks for one.
    token_secret : str
        Name of the secret that holds the tunnel's authtoken: one of Colab's or Kaggle's secrets, or
        an environment variable.
    public_key : str
        Keys that sign in without a password, a line each: an OpenSSH public key, ``github:NAME``,
        ``gitlab:NAME``, or the path of a file with keys.
    user : str
        The account to sign in to; without root, empty and ``colab`` mean the notebook's own.
    address : str
        For ``direct``: the address to listen on; empty for the machine's own.
    server : str
        For ``relay``: the server.
    server_key : str
        For ``relay``: fingerprint of the server's host key; empty for a server that is known.
    identity : str
        For ``relay``: path of the private key that the server accepts; empty for a new key.
    idle_timeout : int
        Minutes without a client until the tunnel is closed; 0 for never.
    session_timeout : int
        Minutes until the session ends, whatever goes on in it; 0 for never.
    sudo : bool
        Whether an account that colabwidget makes may use sudo.
    agent_forwarding : bool
        Whether ``ssh -A`` lends the keys of the client's agent to the machine.
    remote_forwarding : bool
        Whether ``ssh -R`` lets programs of this machine reach ports of the client's computer.
    mount_gdrive_to : str
        Folder in the account's home where Google Drive appears; empty for none.
    mount_gdrive_from : str
        Folder of Google Drive, such as ``My Drive/data``; empty for the whole drive.
    geometry : str
        First size of the desktop in pixels; a viewer can change it.
    depth : int
        Colour depth of the desktop, in bits per pixel. Values: ``16``, ``24``.
    vnc : str
        The VNC server; ``auto`` is TurboVNC if it can be downloaded. Values: ``auto``,
        ``turbovnc``, ``tigervnc``.
    root_keys : bool
        Whether the keys in root's own ``~/.ssh/authorized_keys`` open root beside the account.
    progress : TextIO
        Where progress is written; unless given, a cell's output, elsewhere ``sys.stderr``.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do. Where only the desktop has failed, SSH stays
        open: `status` tells.
    UnknownOption
        A `ColabWidgetError` and a `TypeError`, for a parameter that is none.
    """
    options = {name: value for name, value in locals().items() if name in OPTIONS}
    check_names(unknown, [*OPTIONS, TOKEN_GIVEN.name, TOKEN_SECRET.name])
    if tunnel is None:
        options |= {"tunnel": NO_TUNNEL, "desktop": True}
    chosen = validation.checked(Options(**options))
    if chosen.tunnel == NO_TUNNEL:
        from colabwidget.widgets.desktop import Desktop  # a script needs no widgets

        open_notebook_desktop(chosen, progress)
        return Desktop(**{name: getattr(chosen, name) for name in DESKTOP_OPTIONS})
    connection = open_connection(chosen, token, progress, token_secret)
    if connection.desktop_error:
        raise ColabWidgetError.from_info(connection.desktop_error)
    return connection
