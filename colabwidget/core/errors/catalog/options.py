"""What is said of options that cannot be used."""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

OPTIONS = {
    "token_missing": ErrorText(
        "No authtoken was given.",
        "{tunnel} opens tunnels only for signed-in accounts.",
        "Paste your authtoken and connect again, or name the secret that has it.",
        "{link}",
        "token",
    ),
    "completion_missing": ErrorText(
        "The shell cannot be taught the commands.",
        "The package argcomplete, which does that, is not installed.",
        "Install it beside colabwidget: pip install argcomplete.",
    ),
    "token_not_asked": ErrorText(
        "There is no terminal to ask for the authtoken of {tunnel}.",
        "The program runs without one, as in a script or a scheduled job.",
        "Pipe the authtoken to python -m colabwidget connect --token-stdin, or give --token-secret "
        "with the name of the environment variable that has it. In Python: token_secret=...",
        field="token",
    ),
    "secret_name_invalid": ErrorText(
        "That is not the name of a secret.",
        "A name consists of letters, digits and _, does not begin with a digit, and has at most "
        "64 characters. What was given is not kept.",
        "Give the name under which the token is stored, such as NGROK_AUTHTOKEN. Paste the token "
        "itself into the form only: a name is saved with the notebook.",
        field="token",
    ),
    "secret_missing": ErrorText(
        "There is no secret called {secret}.",
        "{reason}",
        "{add} Or paste the token.",
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
        usual="It exists, but this notebook may not read it.",
    ),
    "secret_timeout": ErrorText(
        "{store} did not answer in time.",
        "{reason}",
        "Open the notebook in the browser, connect again and answer what the page asks. Or paste "
        "the token.",
        field="token",
        usual="Colab's page did not answer: access was not granted there, or the notebook is open "
        "in another program, such as VS Code. Or Kaggle's service is out of reach.",
    ),
    "secret_unreadable": ErrorText(
        "{store} could not be read.",
        "{reason}",
        "Connect again, or paste the token.",
        field="token",
        usual="Colab gives secrets to notebook cells only, and Kaggle only if the notebook has "
        "Internet.",
    ),
    "region_unknown": ErrorText(
        "{tunnel} has no region {region}.",
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
        "{tunnel} cannot be used without it.",
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
        "It is too long, or it contains control characters.",
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
        "A new account's name is lower-case letters, digits, - and _, starts with a letter or _ "
        "and has at most 32 characters.",
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
    "minutes_invalid": ErrorText(
        "That is not a time limit.",
        "{minutes} was given for {field}; a limit has 1 to 43200 minutes, which are 30 days.",
        "Use a number of minutes, or 0 for no limit.",
        field="{field}",
    ),
    "depth_invalid": ErrorText(
        "That colour depth cannot be used.",
        "{depth} was given; a desktop's colour depth is 16 or 24.",
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
        "It was written by something else, and stays as it is.",
        "Name a file that does not exist yet, and include it in your own: Include FILE as the "
        "first line of ~/.ssh/config.",
    ),
    "config_unwritable": ErrorText(
        "{path} cannot be written.",
        "{reason}",
        "Name a file in a folder that is yours.",
        usual="Its folder does not exist, belongs to another account, or has no room.",
    ),
    "option_unknown": ErrorText(
        "There is no option {name}.",
        "{reason}",
        "Correct the name and run it again.",
        usual="The name is misspelt, or another version of colabwidget has it.",
    ),
    "widget_token": ErrorText(
        "ConnectWidget takes no token.",
        "A cell is saved with its notebook, and with it the token. It was not kept.",
        'Paste the token into the form, or name the secret that holds it: token_secret="NAME". '
        "In a script, colabwidget.connect(token=...) takes it.",
        field="token",
    ),
    "options_invalid": ErrorText(
        "The options cannot be used.",
        "{reason}",
        "Correct them and connect again.",
        usual="An option's name is unknown, or its value is of the wrong kind.",
    ),
}
