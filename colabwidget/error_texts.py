"""What a user is told of each failure: what happened, why, and what to do.

Texts may hold ``{fields}`` that the place which raises the error fills in; they must never be
secrets. ngrok's codes are those of https://ngrok.com/docs/errors/.
"""

from __future__ import annotations

from dataclasses import dataclass

_NGROK_TOKEN = "https://dashboard.ngrok.com/get-started/your-authtoken"
_NGROK_AGENTS = "https://dashboard.ngrok.com/agents"
_NGROK_CARD = "https://dashboard.ngrok.com/settings#id-verification"
_NGROK_ERRORS = "https://ngrok.com/docs/errors/"


@dataclass(frozen=True)
class ErrorText:
    """What is said of one error code.

    Parameters
    ----------
    title, cause, remedy
        What happened, why, and what to do; one line each.
    link
        Where the remedy is carried out or explained; empty where there is no such place.
    field
        The option at fault (``"token"``, ``"public_key"``, ...); empty where it is none.
    usual
        For docs/troubleshooting.md: what a cause that is all ``{reason}`` usually is.
    """

    title: str
    cause: str
    remedy: str
    link: str = ""
    field: str = ""
    usual: str = ""


_ASKED = {
    "token_missing": ErrorText(
        "No ngrok authtoken was given.",
        "ngrok opens tunnels only for signed-in accounts.",
        "Paste your authtoken and connect again. Scripts can set NGROK_AUTHTOKEN.",
        _NGROK_TOKEN,
        "token",
    ),
    "token_unusable": ErrorText(
        "That is not an ngrok authtoken.",
        "{reason}",
        "Copy the authtoken from your ngrok dashboard and paste it again.",
        _NGROK_TOKEN,
        "token",
        usual="It is too short, or has characters that no authtoken has: half of it, or "
        "something else.",
    ),
    "public_key_private": ErrorText(
        "That is a private key.",
        "A private key must never leave your computer. It was refused and not kept.",
        "Paste the public half instead: the file whose name ends in .pub.",
        field="public_key",
    ),
    "public_key_broken": ErrorText(
        "That is not a public key.",
        "{reason}",
        "Paste the one line of your .pub file, for example ~/.ssh/id_ed25519.pub.",
        field="public_key",
        usual="It does not begin with a key type such as ssh-ed25519, has several lines, is "
        "cut off, or its file cannot be read.",
    ),
    "public_key_needed": ErrorText(
        "A public key is needed.",
        "{reason}",
        "Paste your public key under More, for example the line in ~/.ssh/id_ed25519.pub.",
        field="public_key",
        usual="No password can be used: to sign in as root, without root, or to an account "
        "that was here before.",
    ),
    "region_unknown": ErrorText(
        "ngrok has no region {region}.",
        "Its regions are {regions}.",
        "Choose one of them, or leave the region automatic.",
        field="region",
    ),
    "tunnel_unknown": ErrorText(
        "There is no tunnel called {tunnel}.",
        "The tunnels are {tunnels}.",
        "Choose one of them.",
        field="tunnel",
    ),
    "user_invalid": ErrorText(
        "{user} cannot be an account name.",
        "Account names are lower-case letters, digits, - and _, start with a letter and have "
        "at most 32 characters.",
        "Choose another name, for example colab.",
        field="user",
    ),
    "user_system": ErrorText(
        "The account {user} belongs to the system.",
        "It runs services of this machine and is not meant for signing in.",
        "Choose another name, for example colab.",
        field="user",
    ),
    "nothing_chosen": ErrorText(
        "Nothing is switched on.",
        "Both SSH and Desktop are off.",
        "Switch SSH on and connect again.",
        field="ssh",
    ),
    "desktop_needs_ssh": ErrorText(
        "A desktop needs SSH.",
        "The desktop is reached through SSH only; SSH is switched off.",
        "Switch SSH on as well, or the desktop off.",
        field="desktop",
    ),
    "geometry_invalid": ErrorText(
        "That is not a size of a desktop.",
        "{geometry} was given; width and height are from 320x240 to 8192x8192.",
        "Use a size such as 1600x900.",
        field="geometry",
    ),
    "depth_invalid": ErrorText(
        "That colour depth cannot be used.",
        "{depth} was given; desktops have 16 or 24 bits a pixel.",
        "Use 24, or 16 for a slow network.",
        field="depth",
    ),
    "vnc_unknown": ErrorText(
        "That VNC server is not known.",
        "{vnc} was given; known are {servers}.",
        "Choose one of them.",
        field="vnc",
    ),
    "options_invalid": ErrorText(
        "The options cannot be used.",
        "{reason}",
        "Correct them and connect again.",
        usual="An option has a name that there is not, or a value of the wrong kind.",
    ),
}

_SESSION = {
    "session_running": ErrorText(
        "A connection is there already.",
        "It is not what you asked for now: {differences}.",
        "Disconnect first, or use the connection that is there.",
    ),
    "clients_connected": ErrorText(
        "{clients} signed in over SSH.",
        "Disconnecting ends their sessions.",
        "Disconnect anyway, or keep the connection.",
    ),
    "not_connected": ErrorText(
        "There is no connection.",
        "Nothing was started, or it has ended.",
        "Connect first.",
    ),
    "cancelled": ErrorText(
        "Connecting was cancelled.",
        "Somebody pressed Cancel, Disconnect or Ctrl-C. What was begun has been taken back.",
        "Connect again when you are ready; packages that are installed by now stay.",
    ),
    "backend_start": ErrorText(
        "The backend did not start.",
        "{reason}",
        "Try again. If it happens again, please send the report to whoever helps you.",
        usual="Python or the package cannot be read, or the disk is full.",
    ),
    "backend_lost": ErrorText(
        "The backend has ended.",
        "Its process was stopped from outside, or the machine had no memory left. "
        "Nobody new gets in.",
        "Connect again, for new passwords and perhaps a new address.",
    ),
    "backend_silent": ErrorText(
        "The backend does not answer.",
        "Its process is there, but it is stuck or very busy.",
        "Wait a minute and try again, or end it with python -m colabwidget disconnect.",
    ),
    "backend_version": ErrorText(
        "The running backend is another version.",
        "It is {theirs}, this notebook has {ours}. A connection that is open through it closes "
        "when it is restarted.",
        "Restart the backend with the button, or with python -m colabwidget disconnect, then "
        "connect again.",
    ),
    "runtime_directory": ErrorText(
        "The private directory {path} cannot be used.",
        "{reason}",
        "Move it away, or set XDG_RUNTIME_DIR to a directory of your own.",
        usual="It is a link, belongs to another account, or cannot be written.",
    ),
    "message_invalid": ErrorText(
        "A message to the backend was not understood.",
        "{reason}",
        "Reload the page and run the cell again.",
        usual="The page, the notebook and the backend are of different versions.",
    ),
    "internal": ErrorText(
        "Something unexpected went wrong.",
        "{reason}",
        "Try again. If it happens again, please report it: Copy the report, or "
        "python -m colabwidget report.",
        usual="Nobody foresaw it: a mistake of ours.",
    ),
}

_MACHINE = {
    "not_linux": ErrorText(
        "This system is not supported.",
        "colabwidget runs on Linux machines; this one is {system}.",
        "Use it in a notebook on a Linux machine, such as Google Colab.",
    ),
    "no_root_no_sshd": ErrorText(
        "openssh-server is not installed.",
        "Installing it needs root, and this notebook runs without.",
        "Ask the administrator for openssh-server, or use an image that has it.",
    ),
    "no_root_other_user": ErrorText(
        "The account {user} cannot be used.",
        "Without root, only your own account {own} can be opened.",
        "Leave the account as it is, or choose {own}.",
        field="user",
    ),
    "no_apt": ErrorText(
        "{packages} cannot be installed.",
        "This system has no apt-get.",
        "Install it with the system's own package manager, then connect again.",
    ),
    "apt_locked": ErrorText(
        "Another program is installing packages.",
        "It held the package lock for {seconds} s.",
        "Wait until it is done, then connect again; ps aux shows what apt and dpkg do.",
    ),
    "apt_not_found": ErrorText(
        "The package {package} was not found.",
        "This system's package sources do not have it.",
        "Check /etc/apt/sources.list and /etc/apt/sources.list.d, then connect again.",
    ),
    "apt_network": ErrorText(
        "Packages could not be downloaded.",
        "The package mirror did not answer: {reason}",
        "Check this machine's network, then connect again.",
    ),
    "apt_failed": ErrorText(
        "Packages could not be installed.",
        "apt-get said: {reason}",
        "Connect again: what is half installed is finished first. The log has all that apt-get "
        "said.",
    ),
    "disk_full": ErrorText(
        "The disk is full.",
        "{reason}",
        "Delete something, then connect again. df -h shows which disk it is.",
        usual="/var, where packages go, or the private directory has no room left.",
    ),
    "account_failed": ErrorText(
        "The account {user} could not be set up.",
        "{reason}",
        "The log has the details. Choose another name, or mend the cause.",
        field="user",
        usual="useradd, usermod or chpasswd refused it, which their last words explain.",
    ),
    "sshd_failed": ErrorText(
        "The SSH server did not start.",
        "{reason}",
        "The log has what it said. Connect again once the cause is mended.",
        usual="It ended at its start, which its last words explain, or is missing.",
    ),
    "sshd_gone": ErrorText(
        "The SSH server ended again and again.",
        "It ended {times} times within {seconds} s: {reason}.",
        "The log has what it said. See what ends it, for want of memory perhaps, and try again.",
    ),
}

_DESKTOP = {
    "no_root_no_desktop": ErrorText(
        "The desktop's programs are not installed.",
        "Installing {packages} needs root, and this notebook runs without.",
        "Ask the administrator for them, use an image that has them, or switch Desktop off.",
        field="desktop",
    ),
    "download_failed": ErrorText(
        "{name} could not be downloaded.",
        "{reason}",
        "Try again, or leave the VNC server on automatic: TigerVNC then takes its place.",
        field="vnc",
        usual="Its makers' server did not answer, or what came is not what they have released.",
    ),
    "vnc_failed": ErrorText(
        "The VNC server did not start.",
        "{reason}",
        "SSH works. The log has what the server said; try the desktop again.",
        usual="It ended at its start, which its last words explain, or no display is free.",
    ),
    "desktop_failed": ErrorText(
        "The desktop did not start.",
        "{reason}",
        "SSH works. The log has what the desktop said; try it again.",
        usual="Its session ended at its start, which its last words explain.",
    ),
    "desktop_gone": ErrorText(
        "The desktop has ended.",
        "It ended {times} times within {seconds} s: {reason}.",
        "SSH works. The log has what was said; try the desktop again.",
    ),
}

_TUNNEL = {
    "no_network": ErrorText(
        "There is no way to the internet.",
        "{reason}",
        "On Kaggle, switch Internet on in the notebook's settings. Elsewhere, check the network.",
        usual="Names are not found, or a firewall lets nothing out.",
    ),
    "tls_intercepted": ErrorText(
        "ngrok's certificate was not accepted.",
        "Something between this machine and ngrok replaces certificates.",
        "Ask whoever runs the network to let connect.ngrok-agent.com through.",
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

_NGROK = {
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

#: Under headings that people look for.
GROUPS: dict[str, dict[str, ErrorText]] = {
    "What you asked for": _ASKED,
    "The session and the backend": _SESSION,
    "This machine": _MACHINE,
    "The desktop": _DESKTOP,
    "The tunnel": _TUNNEL,
    "What ngrok says": _NGROK,
}
ERRORS: dict[str, ErrorText] = {
    code: text for group in GROUPS.values() for code, text in group.items()
}
