"""The same as the widget, for scripts and terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO, overload

from colabwidget.control.operations import (
    Connection,
    disconnect,
    open_connection,
    set_desktop,
    status,
)
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import NO_TUNNEL, Options
from colabwidget.tunnels import validation

if TYPE_CHECKING:
    from colabwidget.widgets.desktop import Desktop

__all__ = ["Connection", "connect", "disconnect", "set_desktop", "status"]


@overload
def connect(
    tunnel: None,
    *,
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    progress: TextIO | None = None,
) -> Desktop: ...


@overload
def connect(
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
    mount_gdrive_to: str = "",
    mount_gdrive_from: str = "",
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    progress: TextIO | None = None,
) -> Connection: ...


def connect(
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
    mount_gdrive_to: str = "",
    mount_gdrive_from: str = "",
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    progress: TextIO | None = None,
) -> Connection | Desktop:
    """Open SSH into this machine, and a desktop if asked for, and return how to sign in.

    Where a connection with the same options is there already, it is returned; a desktop that
    it lacks is added to it.

    Parameters
    ----------
    tunnel
        ``"ngrok"``, ``"cloudflare"``, ``"relay"``, ``"direct"``, or one of another package.
        ``None`` opens nothing to the outside: there is a desktop, for the notebook only, and it is
        returned as `colabwidget.Desktop`, which a cell shows.
    region
        One of the tunnel's regions; empty for the nearest.
    ssh, desktop
        What to open.
    token
        The tunnel's authtoken, for those that need one; else it is asked for.
    token_secret
        Instead of it, the name of the secret that holds it, such as ``"NGROK_AUTHTOKEN"``: one
        of Colab's or Kaggle's secrets, or a variable of the environment.
    public_key
        Lines, each an OpenSSH public key, ``"github:NAME"``, ``"gitlab:NAME"``, or the path of a
        file on this machine that has keys. With one there is no password.
    user
        The account to sign in to.
    address
        For ``direct``: the address to listen on; empty for the machine's own.
    server
        For ``relay``: ``"user@host"`` or ``"user@host:port"``.
    server_key
        Fingerprint of its host key, ``"SHA256:..."``; empty for one that is known here.
    identity
        Path of the private key that it takes; empty for one that is made here.
    mount_gdrive_to
        Folder in the account's home where Google Drive appears; empty for none.
    mount_gdrive_from
        Folder of the drive, such as ``"My Drive/data"``; empty for the whole drive.
    geometry
        First size of the desktop in pixels; a viewer can change it.
    depth
        Its bits a pixel: 16 or 24.
    vnc
        ``"turbovnc"``, ``"tigervnc"``, or ``"auto"`` for the better one that can be had.
    progress
        Where progress is written; ``sys.stderr`` unless given.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do. Where only the desktop has failed, SSH stays
        open: `status` tells.
    """
    options = validation.checked(
        Options(
            tunnel=NO_TUNNEL if tunnel is None else tunnel,
            region=region,
            ssh=ssh,
            desktop=desktop or tunnel is None,
            user=user,
            public_key=public_key,
            address=address,
            server=server,
            server_key=server_key,
            identity=identity,
            mount_gdrive_to=mount_gdrive_to,
            mount_gdrive_from=mount_gdrive_from,
            geometry=geometry,
            depth=depth,
            vnc=vnc,
        )
    )
    if options.tunnel == NO_TUNNEL:
        from colabwidget.widgets.desktop import opened  # whose widgets a script has no use for

        return opened(options, progress)
    connection = open_connection(options, token, progress, token_secret)
    if connection.desktop_error:
        raise ColabWidgetError.from_info(connection.desktop_error)
    return connection
