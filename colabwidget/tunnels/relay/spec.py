"""What an SSH relay says of itself."""

from __future__ import annotations

from colabwidget.core.errors import ErrorText
from colabwidget.tunnels.spec import TunnelSpec, field

_ERRORS = {
    "server_refused": ErrorText(
        "{server} does not take this machine's key.",
        "Its public half is not among the keys of that account.",
        "Add this line to ~/.ssh/authorized_keys there, then connect again.",
        field="server",
    ),
    "server_unreachable": ErrorText(
        "{server} does not answer.",
        "{reason}",
        "Check the name and the port, and that a firewall lets this machine out.",
        field="server",
        usual="Its name is not known, no program listens there, or what listens is no SSH server.",
        retry="patiently",
    ),
    "server_no_forward": ErrorText(
        "{server} does not forward ports.",
        "Its sshd forbids it: AllowTcpForwarding, PermitListen, or a limit of that account.",
        "Allow it in the server's sshd_config, or use another server.",
        field="server",
    ),
    "server_key_unknown": ErrorText(
        "{server} is not known here yet.",
        "Its host key is {fingerprint}.",
        "Compare it with what ssh-keygen -lf says on the server, then trust it.",
        field="server_key",
    ),
    "server_key_other": ErrorText(
        "{server} shows another host key.",
        "It is {fingerprint}, not the one that it is known by. Another machine may be answering "
        "in its place.",
        "Compare it with what ssh-keygen -lf says on the server, and correct it here.",
        field="server_key",
    ),
}


def check_field(name: str, text: str) -> None:
    """Check the server's address and the fingerprint of its key.

    Raises
    ------
    ColabWidgetError
        ``server_invalid``, ``server_key_invalid``.
    """
    from colabwidget.core.ssh_address import SshServer, check_fingerprint  # most kernels need none

    if name == "server":
        SshServer.parse(text)
    elif name == "server_key":
        check_fingerprint(text)


SPEC = TunnelSpec(
    "relay",
    "SSH relay",
    "Reachable from anywhere, through a server that you sign in to with ssh.",
    cost="a server of yours, or a public relay",
    fields=[
        field(
            "server",
            "Server",
            "A server that you sign in to with ssh, or a public relay.",
            "user@host or user@host:port",
            required=True,
            suggestions=[
                {"value": "serveo.net", "title": "Serveo, a public relay"},
                {"value": "tcp@free.pinggy.io:443", "title": "Pinggy, a public relay"},
            ],
        ),
        field(
            "identity",
            "Key file",
            "A private key on this machine. Left empty, one is made for it.",
            "~/.ssh/id_ed25519",
        ),
        field(
            "server_key",
            "Its host key",
            "You are asked when the server is met for the first time.",
            "SHA256:...",
        ),
    ],
    check_field=check_field,
    errors={"An SSH relay": _ERRORS},
)
