"""What a user is told of each failure: what happened, why, and what to do.

Texts may hold ``{fields}`` that the place which raises the error fills in; they must never be
secrets.
"""

from __future__ import annotations

from colabwidget.error_text import ErrorText
from colabwidget.error_texts_account import DRIVE, KEYS
from colabwidget.error_texts_tunnels import NGROK, RELAY, TUNNEL

_ASKED = {
    "token_missing": ErrorText(
        "No authtoken was given.",
        "{tunnel} opens tunnels only for signed-in accounts.",
        "Paste your authtoken and connect again, or name the secret that has it.",
        "{link}",
        "token",
    ),
    "token_unusable": ErrorText(
        "That is not an ngrok authtoken.",
        "{reason}",
        "Copy the authtoken from your ngrok dashboard and paste it again.",
        "https://dashboard.ngrok.com/get-started/your-authtoken",
        "token",
        usual="It is too short, or has characters that no authtoken has: half of it, or "
        "something else.",
    ),
    "secret_name_invalid": ErrorText(
        "That is not the name of a secret.",
        "A name has letters, digits and _, begins with no digit, and has at most 64 characters. "
        "What was given is not kept.",
        "Give the name under which the token is stored, such as NGROK_AUTHTOKEN. The token itself "
        "belongs into the form, since a name is saved with the notebook.",
        field="token",
    ),
    "secret_missing": ErrorText(
        "There is no secret called {secret}.",
        "{reason}",
        "Colab: add it under the key at the left, and switch Notebook access on. Kaggle: add it "
        "under Add-ons, Secrets, and tick it for this notebook. Elsewhere: set the variable "
        "before the kernel starts. Or paste the token.",
        field="token",
        usual="Neither Colab's or Kaggle's secrets nor the environment have it, it is empty "
        "there, or on Kaggle it is not ticked for this notebook.",
    ),
    "secret_no_access": ErrorText(
        "This notebook may not read the secret {secret}.",
        "{reason}",
        "Colab: open the key at the left and switch Notebook access on beside it. Kaggle: tick it "
        "under Add-ons, Secrets. Then connect again, or paste the token.",
        field="token",
        usual="It is there, but not released to this notebook.",
    ),
    "secret_timeout": ErrorText(
        "{store} did not answer in time.",
        "{reason}",
        "Open the notebook in the browser, connect again and answer what the page asks. Or paste "
        "the token.",
        field="token",
        usual="Colab's page did not answer: nobody granted access there, or the notebook is open "
        "in another program, such as VS Code. Or Kaggle's service is out of reach.",
    ),
    "secret_unreadable": ErrorText(
        "{store} could not be read.",
        "{reason}",
        "Connect again, or paste the token.",
        field="token",
        usual="Colab gives secrets to notebook cells only, and Kaggle only where the notebook has "
        "Internet.",
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
    "tunnel_broken": ErrorText(
        "The tunnel {tunnel} cannot be used.",
        "Its package could not be loaded: {reason}.",
        "Install it again, or choose another tunnel.",
        field="tunnel",
    ),
    "field_missing": ErrorText(
        "{label} is missing.",
        "{tunnel} cannot be used without.",
        "Fill it in and connect again.",
        field="{field}",
    ),
    "server_invalid": ErrorText(
        "That is not a server.",
        "{server} was given.",
        "Write it as user@host, or user@host:port.",
        field="server",
    ),
    "server_key_invalid": ErrorText(
        "That is not the fingerprint of a host key.",
        "{fingerprint} was given; one begins with SHA256: and has 43 characters after it.",
        "Copy it from ssh-keygen -lf on the server, or leave it empty to be asked.",
        field="server_key",
    ),
    "text_invalid": ErrorText(
        "{label} cannot be used.",
        "It is too long, or has characters that do not print.",
        "Write it on one line, in plain characters.",
        field="{field}",
    ),
    "identity_unusable": ErrorText(
        "The key file {path} cannot be used.",
        "{reason}",
        "Name a private key on this machine, or leave the field empty: then one is made.",
        field="identity",
        usual="It is not there, cannot be read, needs a passphrase, or is no private key.",
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
    "config_not_ours": ErrorText(
        "{path} is not a file of colabwidget's.",
        "Something else is there, which stays as it is.",
        "Name a file that is not there yet, and include it in your own: Include FILE as the first "
        "line of ~/.ssh/config.",
    ),
    "config_unwritable": ErrorText(
        "{path} cannot be written.",
        "{reason}",
        "Name a file in a folder that is yours.",
        usual="Its folder is not there, belongs to somebody else, or has no room.",
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
    "no_desktop": ErrorText(
        "There is no desktop.",
        "None was started, or it has ended.",
        "Start it.",
    ),
    "shell_failed": ErrorText(
        "The terminal could not be opened.",
        "{reason}",
        "Close terminals that are not needed and try again.",
        usual="The machine has no terminal left, or the account's shell cannot be started.",
    ),
    "shells_too_many": ErrorText(
        "There are too many terminals.",
        "Each shell runs on until it is ended, and no more than twenty run at a time.",
        "End one that is not needed: press End shell, or type exit in it.",
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
        "SSH, if it is open, goes on. The log has what the server said; try the desktop again.",
        usual="It ended at its start, which its last words explain, or no display is free.",
    ),
    "desktop_failed": ErrorText(
        "The desktop did not start.",
        "{reason}",
        "SSH, if it is open, goes on. The log has what the desktop said; try it again.",
        usual="Its session ended at its start, which its last words explain.",
    ),
    "desktop_gone": ErrorText(
        "The desktop has ended.",
        "It ended {times} times within {seconds} s: {reason}.",
        "SSH, if it is open, goes on. The log has what was said; try the desktop again.",
    ),
}

#: Under headings that people look for.
GROUPS: dict[str, dict[str, ErrorText]] = {
    "What you asked for": _ASKED,
    "Public keys": KEYS,
    "The session and the backend": _SESSION,
    "This machine": _MACHINE,
    "Google Drive": DRIVE,
    "The desktop": _DESKTOP,
    "The tunnel": TUNNEL,
    "An SSH relay": RELAY,
    "What ngrok says": NGROK,
}
ERRORS: dict[str, ErrorText] = {
    code: text for group in GROUPS.values() for code, text in group.items()
}
