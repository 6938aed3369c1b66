"""What the user needs to connect: commands, passwords, links and fingerprints."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from colabwidget.core import codec
from colabwidget.core.choices import ClientProgram
from colabwidget.core.client_commands import ALIAS, ClientCommands, Tool
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.invitation import InvitationDetails
from colabwidget.core.secrets import Secret
from colabwidget.core.ssh_address import fingerprint

#: What Mesa calls itself where it draws OpenGL on the processor; a pattern, in any case of letters.
SOFTWARE_OPENGL = "llvmpipe|softpipe|swrast"
VIEWER_PORT = 5901  # on the machine of the person who looks at the desktop


@dataclass(frozen=True)
class SshDetails:
    """How to sign in with an SSH client.

    Parameters
    ----------
    host, port, user
        Where to and as whom.
    password
        ``None`` where a public key opens the account.
    command
        A command line for a terminal.
    config
        The same as a block for ``~/.ssh/config``.
    known_hosts
        The host keys as lines for ``~/.ssh/known_hosts``.
    fingerprint
        SHA-256 of the host key that ``ssh`` shows at the first connection.
    vscode_url
        A link that opens VS Code on the machine.
    verified
        Whether a client has signed in through the tunnel's public endpoint, and met the host key.
    verified_reason
        Why not, where it has not.
    folder
        Where a session lands.
    client
        The program that the user's computer needs beside ssh, if any.
    tools
        Other programs that go the same way in.
    notices
        What does not work although clients get in; a sentence or two each.
    rsa_fingerprint
        SHA-256 of the RSA host key, for clients without ED25519; empty where there is none.
    pairing
        What a client pairs with, once and soon; ``None`` where none has to.
    attaching
        What a computer attaches with, once and soon, so that ssh there knows the machine by name;
        ``None`` where it pairs instead, or where there is none for now.
    """

    host: str
    port: int
    user: str
    password: Secret | None
    command: str
    config: str
    known_hosts: str
    fingerprint: str
    vscode_url: str
    verified: bool = False
    verified_reason: str = ""
    folder: str = ""
    client: ClientProgram | None = None
    tools: list[Tool] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    rsa_fingerprint: str = ""
    pairing: Secret | None = None
    attaching: Secret | None = None


@dataclass(frozen=True)
class DesktopFacts:
    """What a desktop tells of itself.

    Parameters
    ----------
    display
        X display: ``":1"``.
    port
        TCP port of the VNC server on 127.0.0.1.
    password, view_only_password
        To see and use it, and to see it only.
    server
        Name and version of the VNC server.
    renderer
        What draws OpenGL: ``glxinfo``'s renderer string.
    unused_gpu
        Model of a GPU that is there and does not draw OpenGL; empty for none.
    """

    display: str
    port: int
    password: Secret
    view_only_password: Secret
    server: str
    renderer: str
    unused_gpu: str


@dataclass(frozen=True)
class DesktopDetails(DesktopFacts):
    """How to see the desktop with a VNC viewer.

    Parameters
    ----------
    forward_command
        Brings the VNC server's port to the viewer's machine, through SSH.
    viewer_address
        What the viewer is then given.
    connection_files
        Files that viewers open, by name; no password is in them.
    """

    forward_command: str
    viewer_address: str
    connection_files: dict[str, str]


@dataclass(frozen=True)
class Details:
    """Everything about an open connection."""

    phase: str
    provider: str
    endpoint: Endpoint
    ssh: SshDetails | None = None
    desktop: DesktopDetails | None = None
    invitations: list[InvitationDetails] = field(default_factory=list)

    def as_dict(self, *, reveal: bool) -> dict[str, Any]:
        """Return plain values, in the form that ``--json`` prints.

        Parameters
        ----------
        reveal
            Whether passwords are among them; else there is no such entry.
        """
        return {
            "phase": self.phase,
            "tunnel": {"provider": self.provider, "endpoint": self.endpoint.as_dict()},
            "ssh": codec.encode(self.ssh, reveal=reveal) if self.ssh else None,
            "desktop": codec.encode(self.desktop, reveal=reveal) if self.desktop else None,
            "invitations": [codec.encode(each, reveal=reveal) for each in self.invitations],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Details":
        """Make details of what `as_dict` gave in another process.

        Passwords that were not revealed are ``None`` for SSH, and empty for a desktop.

        Raises
        ------
        DecodeError
            For values that `as_dict` never gives.
        """
        ssh, desktop = values["ssh"], values["desktop"]
        flat = {
            "phase": values["phase"],
            **values["tunnel"],
            "ssh": ssh and {"password": None, "pairing": None, "attaching": None, **ssh},
            "desktop": desktop and {"password": "", "view_only_password": "", **desktop},
            "invitations": values.get("invitations", []),
        }
        return codec.decode(cls, flat)

    def with_phase(self, phase: str) -> "Details":
        """Return the same details in another phase."""
        return replace(self, phase=phase)


def ssh_details(
    endpoint: Endpoint,
    user: str,
    folder: str,
    host_keys: Sequence[str],
    password: Secret | None,
    verified: bool,
    verified_reason: str = "",
    client: ClientProgram | None = None,
    notices: Sequence[str] = (),
    tmux: bool = False,
) -> SshDetails:
    """Return how to sign in through an endpoint.

    Parameters
    ----------
    endpoint
        Where clients connect to.
    user, folder
        Account, and where its sessions land on the machine.
    host_keys
        Public host keys, the one that clients prefer first: ``"ssh-ed25519 AAAA..."``.
    password
        ``None`` where a public key opens the account.
    verified, verified_reason, client, notices
        As in `SshDetails`.
    tmux
        Whether the machine has it.
    """
    way, shown = ClientCommands(endpoint, user, folder), fingerprint(host_keys[0])
    rsa = [fingerprint(key) for key in host_keys[1:] if key.startswith("ssh-rsa ")]
    return SshDetails(
        host=endpoint.host,
        port=endpoint.port,
        user=user,
        password=password,
        command=way.command(),
        config=way.config(),
        known_hosts="\n".join(map(way.known_hosts, host_keys)),
        fingerprint=shown,
        vscode_url=way.vscode_url(),
        verified=verified,
        verified_reason=verified_reason,
        folder=folder,
        client=client,
        tools=way.tools(shown, password=password is not None, tmux=tmux),
        notices=[*notices],
        rsa_fingerprint=rsa[0] if rsa else "",
    )


def desktop_details(ssh: SshDetails, facts: DesktopFacts) -> DesktopDetails:
    """Return how to see a desktop through an SSH connection.

    The viewer's side is always port 5901, ``localhost:1`` in a viewer's words: people have no
    desktop of their own there, and need to learn only one address.
    """
    # By number: where "localhost" leads to there, another account may listen on ::1.
    forward = f"-L {VIEWER_PORT}:127.0.0.1:{facts.port}"
    viewer_address = f"localhost:{VIEWER_PORT - 5900}"
    return DesktopDetails(
        **{each.name: getattr(facts, each.name) for each in fields(DesktopFacts)},
        forward_command=ssh.command.replace("ssh ", f"ssh {forward} ", 1),
        viewer_address=viewer_address,
        connection_files={
            # The first line is what TigerVNC's viewer knows its files by.
            f"{ALIAS}.tigervnc": "TigerVNC Configuration file Version 1.0\n\n"
            f"ServerName={viewer_address}\nRemoteResize=1\n",
            # The form that TightVNC brought, which TurboVNC's viewer and others read.
            f"{ALIAS}.vnc": f"[connection]\nhost=localhost\nport={VIEWER_PORT}\n",
        },
    )
