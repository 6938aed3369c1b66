"""What a user is told of failures of tunnels; a tunnel's own texts are in its spec."""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

TUNNEL = {
    "no_network": ErrorText(
        "There is no way to the internet.",
        "{reason}",
        "Check this machine's network, then connect again.",
        usual="Names are not found, or a firewall lets nothing out.",
        retry="patiently",
    ),
    "tls_intercepted": ErrorText(
        "{tunnel}'s certificate was not accepted.",
        "Something between this machine and {tunnel} replaces certificates.",
        "Ask the administrators of the network to let {host} through.",
        offers_tunnels=True,
    ),
    "program_download_failed": ErrorText(
        "{name} could not be downloaded.",
        "{reason}",
        "Check this machine's network, or put {name} on the PATH.",
        "{page}",
        usual="Its makers' server did not answer, or what came is no program for this machine.",
        offers_tunnels=True,
    ),
    "program_unusable": ErrorText(
        "The program {path} cannot be run.",
        "{reason}",
        "Put a working one in its place, or remove it: it is then downloaded.",
        usual="It is made for another processor, is damaged, or may not be executed.",
        offers_tunnels=True,
    ),
    "tunnel_silent": ErrorText(
        "{tunnel} did not answer.",
        "Its program gave no address within {seconds} s.",
        "Connect again. If it happens again, check this machine's network.",
        offers_tunnels=True,
        retry="patiently",
    ),
    "endpoint_invalid": ErrorText(
        "{tunnel} gave an address that cannot be used.",
        "{reason}",
        "Connect again. If it happens again, choose another tunnel.",
        usual="What its service or its program said is no host and port.",
        offers_tunnels=True,
    ),
    "tunnel_dead": ErrorText(
        "The tunnel stopped working.",
        "{reason}",
        "Try again: a new tunnel is opened, and the SSH server and the desktop are kept.",
        usual="Nothing comes through it any more, although its agent still runs.",
        offers_tunnels=True,
        retry="a few times",
    ),
    "tunnel_quota": ErrorText(
        "{tunnel} closes every connection.",
        "Its agent is connected, so that a limit of the account may be reached: {limits}.",
        "See the account's use on this page. Connect again once there is room, or choose another "
        "tunnel.",
        "{page}",
        offers_tunnels=True,
        retry="a few times",
    ),
    "tunnel_gone": ErrorText(
        "The tunnel's agent ended again and again.",
        "It ended {times} times within {seconds} s: {reason}.",
        "Try again: the SSH server and the desktop are kept. The log has what the agent said.",
        offers_tunnels=True,
    ),
    "tunnel_failed": ErrorText(
        "{tunnel} could not be used.",
        "{reason}",
        "Connect again, or choose another tunnel. The log has what its program said.",
        usual="Its program could not be started, ended, or gave no address in time.",
        offers_tunnels=True,
        retry="a few times",
    ),
    "verify_failed": ErrorText(
        "The tunnel is open, but SSH does not answer through it.",
        "{reason}",
        "Connect again. If it happens again, choose another tunnel or region.",
        usual="Nothing answers at the tunnel's address, or something that is not SSH.",
        offers_tunnels=True,
        retry="patiently",
    ),
    "verify_other_key": ErrorText(
        "Another machine answers at the tunnel's address.",
        "The host key that came through the tunnel is not this machine's.",
        "Connect again, for a new address.",
    ),
}
