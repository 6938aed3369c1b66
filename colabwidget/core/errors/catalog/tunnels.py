"""What a user is told of failures of tunnels.

ngrok's codes are those of https://ngrok.com/docs/errors/.
"""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

_NGROK_TOKEN = "https://dashboard.ngrok.com/get-started/your-authtoken"
_NGROK_AGENTS = "https://dashboard.ngrok.com/agents"
_NGROK_CARD = "https://dashboard.ngrok.com/settings#id-verification"
_NGROK_ERRORS = "https://ngrok.com/docs/errors/"

TUNNEL = {
    "no_network": ErrorText(
        "There is no way to the internet.",
        "{reason}",
        "On Kaggle, switch Internet on in the notebook's settings. Elsewhere, check the network.",
        usual="Names are not found, or a firewall lets nothing out.",
    ),
    "tls_intercepted": ErrorText(
        "{tunnel}'s certificate was not accepted.",
        "Something between this machine and {tunnel} replaces certificates.",
        "Ask whoever runs the network to let {host} through.",
    ),
    "agent_download_failed": ErrorText(
        "The ngrok agent could not be downloaded.",
        "{reason}",
        "Check this machine's network, or put the ngrok program on the PATH.",
        "https://ngrok.com/download",
        usual="bin.ngrok.com was not reached, or the disk is full.",
    ),
    "agent_unusable": ErrorText(
        "The ngrok agent cannot be run.",
        "{reason}",
        "Delete {path} and connect again: it is then downloaded anew.",
        usual="It is made for another processor, is damaged, or may not be executed.",
    ),
    "agent_silent": ErrorText(
        "The ngrok agent did not answer.",
        "It said nothing for {seconds} s.",
        "Connect again. If it happens again, check this machine's network.",
    ),
    "agent_exited": ErrorText(
        "The ngrok agent ended.",
        "{reason}",
        "Connect again. The log has what it said.",
        usual="Somebody ended it, or it gave up, which its last words explain.",
    ),
    "program_download_failed": ErrorText(
        "{name} could not be downloaded.",
        "{reason}",
        "Check this machine's network, or put {name} on the PATH.",
        "{page}",
        usual="Its makers' server did not answer, or what came is no program for this machine.",
    ),
    "program_unusable": ErrorText(
        "The program {path} cannot be run.",
        "{reason}",
        "Put a working one in its place, or remove it: it is then downloaded.",
        usual="It is made for another processor, is damaged, or may not be executed.",
    ),
    "cloudflare_busy": ErrorText(
        "Cloudflare opens no more tunnels for now.",
        "Too many were asked for from this machine's address (429).",
        "Choose another tunnel, or connect again later: it may take an hour.",
    ),
    "tunnel_silent": ErrorText(
        "{tunnel} did not answer.",
        "Its program gave no address within {seconds} s.",
        "Connect again. If it happens again, check this machine's network.",
    ),
    "tunnel_dead": ErrorText(
        "The tunnel stopped working.",
        "{reason}",
        "Try again: a new tunnel is opened, and the SSH server and the desktop are kept.",
        usual="Nothing comes through it any more, although its agent still runs.",
    ),
    "tunnel_gone": ErrorText(
        "The tunnel's agent ended again and again.",
        "It ended {times} times within {seconds} s: {reason}.",
        "Try again: the SSH server and the desktop are kept. The log has what the agent said.",
    ),
    "tunnel_failed": ErrorText(
        "{tunnel} could not be used.",
        "{reason}",
        "Connect again, or choose another tunnel. The log has what its program said.",
        usual="Its program could not be started, ended, or gave no address in time.",
    ),
    "direct_address": ErrorText(
        "This machine's address {address} cannot be used.",
        "{reason}",
        "Choose an address of this machine, or another tunnel.",
        usual="It is no address of this machine, or nothing can listen on it.",
    ),
    "verify_failed": ErrorText(
        "The tunnel is open, but SSH does not answer through it.",
        "{reason}",
        "Connect again. If it happens again, choose another tunnel or region.",
        usual="Nothing answers at the tunnel's address, or something that is not SSH.",
    ),
    "verify_other_key": ErrorText(
        "Another machine answers at the tunnel's address.",
        "The host key that came through the tunnel is not this machine's.",
        "Connect again, for a new address.",
    ),
}

RELAY = {
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
        usual="Its name is not known, nobody listens there, or what does is no SSH server.",
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
        "It is {fingerprint}, not the one that it is known by. Somebody may stand between.",
        "Compare it with what ssh-keygen -lf says on the server, and correct it here.",
        field="server_key",
    ),
}

NGROK = {
    "ngrok_102": ErrorText(
        "Your ngrok account is suspended.",
        "ngrok refuses its tunnels (ERR_NGROK_102).",
        "Sign in to ngrok's dashboard, which says why.",
        "https://dashboard.ngrok.com/",
    ),
    "ngrok_103": ErrorText(
        "Your ngrok account is suspended.",
        "A payment is open (ERR_NGROK_103).",
        "Settle it in ngrok's dashboard.",
        "https://dashboard.ngrok.com/billing",
    ),
    "ngrok_105": ErrorText(
        "ngrok does not know this authtoken.",
        "It is not shaped like one (ERR_NGROK_105).",
        "Copy the authtoken from your dashboard: not an API key, not a password.",
        _NGROK_TOKEN,
        "token",
    ),
    "ngrok_106": ErrorText(
        "This ngrok authtoken is too old.",
        "It was made for version 1 of ngrok (ERR_NGROK_106).",
        "Copy a new one from your dashboard.",
        _NGROK_TOKEN,
        "token",
    ),
    "ngrok_107": ErrorText(
        "This ngrok authtoken is no longer valid.",
        "It was reset or revoked (ERR_NGROK_107).",
        "Copy the current one from your dashboard.",
        _NGROK_TOKEN,
        "token",
    ),
    "ngrok_108": ErrorText(
        "Your ngrok account is in use elsewhere.",
        "Your plan allows a limited number of agents at a time (ERR_NGROK_108).",
        "Stop the other agent on this page, then connect again.",
        _NGROK_AGENTS,
    ),
    "ngrok_120": ErrorText(
        "The ngrok agent is too old.",
        "ngrok no longer serves this version (ERR_NGROK_120).",
        "Delete the old ngrok program; the current one is then downloaded.",
        "https://ngrok.com/download",
    ),
    "ngrok_302": ErrorText(
        "ngrok wants you to sign in.",
        "TCP tunnels are for signed-in accounts (ERR_NGROK_302).",
        "Copy the authtoken from your dashboard.",
        _NGROK_TOKEN,
        "token",
    ),
    "ngrok_307": ErrorText(
        "This address is not reserved for your account.",
        "ngrok gives it to its owner only (ERR_NGROK_307).",
        "Reserve it in the dashboard, or connect without a fixed address.",
        "https://dashboard.ngrok.com/tcp-addresses",
    ),
    "ngrok_324": ErrorText(
        "Your ngrok account has no endpoint left.",
        "Its plan's number of endpoints is reached (ERR_NGROK_324).",
        "Close another endpoint, then connect again.",
        "https://dashboard.ngrok.com/endpoints",
    ),
    "ngrok_334": ErrorText(
        "This endpoint is online already.",
        "Another agent serves the same address (ERR_NGROK_334).",
        "Stop the other agent, then connect again.",
        _NGROK_AGENTS,
    ),
    "ngrok_400": ErrorText(
        "ngrok does not know this region.",
        "It refused the region (ERR_NGROK_400).",
        "Leave the region automatic.",
        field="region",
    ),
    "ngrok_4018": ErrorText(
        "ngrok wants a verified account.",
        "The authtoken is missing, or the account's e-mail is not confirmed (ERR_NGROK_4018).",
        "Sign up or confirm your e-mail, then copy the authtoken from your dashboard.",
        _NGROK_TOKEN,
        "token",
    ),
    "ngrok_8013": ErrorText(
        "ngrok wants a card for TCP tunnels.",
        "Free accounts must verify a payment card first; it is not charged (ERR_NGROK_8013).",
        "Add a card on this page, then connect again.",
        _NGROK_CARD,
    ),
    "ngrok_15002": ErrorText(
        "ngrok wants this network address registered.",
        "Your account restricts where agents may run (ERR_NGROK_15002).",
        "Allow this machine in your account's IP restrictions.",
        "https://dashboard.ngrok.com/security/ip-restrictions",
    ),
    "ngrok_other": ErrorText(
        "ngrok refused the tunnel.",
        "{reason}",
        "ngrok's page on this error says what to do.",
        _NGROK_ERRORS + "{page}",
        usual="ngrok's own sentence, with its code.",
    ),
}
