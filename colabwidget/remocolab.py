"""remocolab's names, so that an old cell runs after a change of its import.

A cell says ``from colabwidget import remocolab`` instead of ``import remocolab``;
docs/from-remocolab.md lists what stays the same and what does not. The functions print what
remocolab printed, in its order (https://github.com/demotomohiro/remocolab). The passwords are in
the cell's output, which is saved with the notebook; `colabwidget.ConnectWidget` shows the same and
saves none of it.

Attributes
----------
ngrok_token : str or None
    An authtoken that a cell has set. The next call uses it and sets the attribute to ``None``.
ngrok_region : str or None
    A region of ngrok's; ``""`` for the nearest, ``None`` to ask the user.
token_secret : str
    Name of the secret that holds the token; see `colabwidget.connect`.
user : str
    The account to sign in to.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from colabwidget import hosts
from colabwidget.control import operations
from colabwidget.core.details import SshDetails
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import TUNNEL_OPTIONS, Options
from colabwidget.core.secrets import Secret
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.spec import TunnelSpec
from colabwidget.tunnels.validation import parse_token

__all__ = ["ngrok_region", "ngrok_token", "setupSSHD", "setupVNC", "token_secret", "user"]

ngrok_token: str | None = None
ngrok_region: str | None = None
token_secret: str = ""
user: str = "colab"

_TUNNELS = {"argotunnel": "cloudflare"}
_CUT_HERE = "✂️" * 24
_SSH = "ssh -o UserKnownHostsFile=/dev/null -o VisualHostKey=yes "


class Message(str):
    """A printed text. Only ``print`` shows it: an echo would save its passwords a second time."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<what was printed above>" if self else "<nothing>"

    def _ipython_display_(self) -> None:
        """Show nothing where a cell ends with this text."""


def setupSSHD(
    ngrok_region: str | None = None,
    check_gpu_available: bool = False,
    tunnel: str | None = None,
    mount_gdrive_to: str | None = None,
    mount_gdrive_from: str | None = None,
    public_key: str | None = None,
) -> Message:
    """Open SSH into this machine and print how to sign in.

    A second call keeps the open connection and prints its details again.

    Parameters
    ----------
    ngrok_region
        One of ngrok's regions, ``""`` for the nearest. The user is asked unless this or the
        attribute of that name is given.
    check_gpu_available
        Whether to ask the user before a connection without a GPU.
    tunnel
        ``"ngrok"``, ``"argotunnel"`` for Cloudflare's, or another of colabwidget's. Unless given,
        the open connection's; without one, ngrok where a token, the name of a secret or a region is
        given, and Cloudflare's otherwise.
    mount_gdrive_to
        Folder in the account's home where Google Drive appears.
    mount_gdrive_from
        Folder of the drive, such as ``"My Drive/somedir"``; the whole drive unless given.
    public_key
        Public keys, one a line. With a key, no password is set.

    Returns
    -------
    str
        The printed text; empty where the user declined to go on without a GPU.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do.
    """
    drive = (mount_gdrive_to or "", mount_gdrive_from or "")
    return _set_up(False, ngrok_region, check_gpu_available, tunnel, drive, public_key or "")


def setupVNC(
    ngrok_region: str | None = None,
    check_gpu_available: bool = True,
    tunnel: str | None = None,
    mount_gdrive_to: str | None = None,
    mount_gdrive_from: str | None = None,
    public_key: str | None = None,
) -> Message:
    """Open SSH and a desktop, and print how to see it; the parameters are those of `setupSSHD`.

    Where only the desktop fails, the details of SSH are printed before the error is raised.
    """
    drive = (mount_gdrive_to or "", mount_gdrive_from or "")
    return _set_up(True, ngrok_region, check_gpu_available, tunnel, drive, public_key or "")


def _set_up(
    desktop: bool,
    region: str | None,
    check_gpu_available: bool,
    tunnel: str | None,
    drive: tuple[str, str],
    public_key: str,
) -> Message:
    given = _pop_token()
    if check_gpu_available and not _gpu_confirmed():
        return Message()
    print("---")
    region = ngrok_region if region is None else region
    current = operations.open_options() or {}
    if tunnel is None and not current:
        # A token or a region is ngrok's, and names it.
        names_ngrok = given or token_secret or region is not None
        tunnel = "ngrok" if names_ngrok else "argotunnel"
        if not names_ngrok:
            print(f'tunnel="{tunnel}" is used, as none was named.')
    tunnel = current["tunnel"] if tunnel is None else _TUNNELS.get(tunnel, tunnel)
    # The open session has these options already, so that no prompt asks for them.
    joins_session = current.get("tunnel") == tunnel
    opened = (
        {name: current[name] for name in TUNNEL_OPTIONS} if joins_session else {"tunnel": tunnel}
    )
    options = validation.checked(
        Options(
            **(opened if region is None else {**opened, "region": region}),
            desktop=desktop,
            user=user,
            public_key=public_key,
            root_keys=True,  # cells of remocolab write them, then sign in as root
            mount_gdrive_to=drive[0],
            mount_gdrive_from=drive[1],
        )
    )
    token = given
    if not joins_session:
        options, token = _ask_missing(options, given, ask_region=region is None)
    # Progress is printed between the prompts and the message, as remocolab printed it.
    connection = operations.open_connection(
        options, token.reveal(), token_secret=token_secret, progress=sys.stdout
    )
    assert connection.ssh
    message = Message(_message_text(connection, connection.ssh))
    print(message)
    _print_notes(connection)
    if connection.desktop_error:
        raise ColabWidgetError.from_info(connection.desktop_error)
    return message


def _pop_token() -> Secret:
    """Return the token that a cell has set, and clear the attribute."""
    global ngrok_token
    given, ngrok_token = Secret(ngrok_token or ""), None
    if given:
        place = hosts.detect().secrets
        print(
            "The authtoken stands in this notebook, and in every copy of it. Keep it in "
            f'{place} instead, and write remocolab.token_secret = "NGROK_AUTHTOKEN".',
            file=sys.stderr,
        )
    return given


def _ask_missing(options: Options, given: Secret, *, ask_region: bool) -> tuple[Options, Secret]:
    """Ask the user for a missing token and region; return the options and the token."""
    spec = registry.find(options.tunnel)
    if not given and not token_secret and operations.token_needed(options):
        print(f"Copy&paste your tunnel authtoken from {spec.token_url}")
        print(f"(You need to sign up for {spec.title} and login,)")
        given = parse_token(_read_hidden("Password:"), spec)
    if spec.regions and ask_region:
        options = replace(options, region=_ask_region(spec))
    return options, given


def _ask_region(spec: TunnelSpec) -> str:
    """Return the region that the user chooses; the nearest where no input is possible."""
    known = {each["value"]: each["title"] for each in spec.regions}
    print(f"Select your {spec.title} region:")
    for value, title in known.items():
        print(f"{value} - {title}" if value else f"(nothing) - {title}")
    while (answer := (_read_answer("") or "").strip().lower()) not in known:
        print(f"{answer!r} is none of them.")
    return answer


def _gpu_confirmed() -> bool:
    """Tell whether the GPU is good enough, or the user goes on without one."""
    gpu = hosts.detect().gpu
    if not gpu:
        print("This is not a runtime with GPU")
    elif gpu == "Tesla K80":
        print("Warning! GPU of your assigned virtual machine is Tesla K80.")
        print("You might get better GPU by reseting the runtime.")
    else:
        return True
    while (answer := _read_answer("Do you want to continue? [y/n] ")) is not None:
        if answer.strip().lower() in ("y", "yes"):
            return True
        if answer.strip().lower() in ("n", "no"):
            return False
    return True  # no input is possible


def _read_answer(prompt: str) -> str | None:
    """Return the user's answer; ``None`` where no input is possible, as in a script."""
    try:
        return input(prompt)
    except (EOFError, NotImplementedError):  # the second is that of a kernel without a front end
        return None


def _read_hidden(prompt: str) -> str:
    """Return the user's answer, which is not shown; empty where no input is possible."""
    import getpass  # seldom needed

    try:
        return getpass.getpass(prompt)
    except (EOFError, NotImplementedError):
        return ""


def _message_text(connection: operations.Connection, ssh: SshDetails) -> str:
    """Return what remocolab printed of a connection, in its words and its order."""
    password = ssh.password.reveal() if ssh.password else "none (your key signs you in)"
    lines = ["ED25519 key fingerprint of host:", *_fingerprint(ssh), ""]
    lines += [_CUT_HERE]
    if hosts.detect().root and ssh.user != "root":
        lines += ["root password: none"]
    lines += [f"{ssh.user} password: {password}", _CUT_HERE, "---"]
    if desktop := connection.desktop:
        return "\n".join(
            [
                *lines,
                "Execute following command on your local machine and login before running "
                "TurboVNC viewer:",
                _CUT_HERE,
                desktop.forward_command.replace("ssh ", _SSH, 1),
                _CUT_HERE,
                f"VNC password: {desktop.password.reveal()}",
                f"VNC view only password: {desktop.view_only_password.reveal()}",
                f"{_CUT_HERE}\n",
            ]
        )
    command = ssh.command.replace("ssh ", _SSH, 1)
    lines += ["Command to connect to the ssh server:", _CUT_HERE, command, f"{_CUT_HERE}\n"]
    return "\n".join(lines)


def _fingerprint(ssh: SshDetails) -> list[str]:
    """Return the fingerprint and its picture, the one that ``VisualHostKey=yes`` shows."""
    key = ssh.known_hosts.splitlines()[0].partition(" ")[2]
    try:
        listed = subprocess.run(
            ["ssh-keygen", "-lv", "-f", "-"],
            input=key,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
        return listed.stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return [f"256 {ssh.fingerprint} (ED25519)"]


def _print_notes(connection: operations.Connection) -> None:
    """Print how to get the client's program, and that passwords in this output are saved."""
    ssh = connection.ssh
    assert ssh
    if ssh.client:
        print(f"Your computer needs {ssh.client['name']}:")
        for way in ssh.client["ways"]:
            print(f"  {way['title']}: {way['value']}")
        print(f"  {ssh.client['link']}")
    if (ssh.password or connection.desktop) and "ipykernel" in sys.modules:
        print(
            "This output is saved with the notebook, with what it says of passwords. "
            "colabwidget.ConnectWidget() shows the same, and more, and none of it is saved."
        )
