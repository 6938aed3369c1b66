"""What a screen reader is told of each state of the card."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.kit.browser.screen_reader import spoken
from tests.kit.browser.sheets import build_harness, sheet


@pytest.fixture(scope="module", autouse=True)
def harness() -> None:
    build_harness()


HEAD = "heading Remote access to this machine"
LOG = """button Log expanded=True
button Search: log expanded=False
button Copy: log
button Download: log
log Log""".splitlines()
PASSWORD = """Password, paste •••••••••••••••• nothing shows; Ctrl+Shift+V pastes Copy
image hidden
button Copy: Password"""
KEY = """“Are you sure …?”, paste SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg tested \
through the tunnel , paste it instead of yes Copy
button Copy: Host key"""
COMPARED = """“Are you sure …?”, compare SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg \
tested through the tunnel"""
UNTESTED = "not tested: this machine has no way out to the tunnel's address"
COMMAND = """In a terminal, run ssh -p 12345 colab@0.tcp.eu.ngrok.io Copy
button Copy: SSH command"""
WAYS = """group Connection details
tablist Connect with
tab Terminal selected=True
tab VS Code
tab Desktop
combobox Your computer = Linux expanded=False
tabpanel Terminal"""
SSH = f"""{WAYS}
listitem 1 {COMMAND}
listitem 2 {KEY}
listitem 3 {PASSWORD}
button Details, files, in this notebook expanded=False""".splitlines()
DETAILS = """button Details, files, in this notebook expanded=True
group Details
group In this notebook
button Terminal expanded=False
button Files expanded=False
button Show: Password
link Remote-SSH
button New passwords expanded=False
button Invite expanded=False
group
disclosuretriangle ssh config expanded=False
button Copy: ssh config
button Download: ssh config
group
disclosuretriangle Trust this machine (known_hosts) expanded=False
button Copy: Trust this machine (known_hosts)""".splitlines()
DESKTOP = f"""group Connection details
tablist Connect with
tab Terminal
tab VS Code
tab Desktop selected=True
combobox Your computer = Linux expanded=False
tabpanel Desktop
listitem 1 In a terminal, run ssh -L 5901:127.0.0.1:5901 -p 12345 colab@0.tcp.eu.ngrok.io leave it \
open: it brings the desktop and a terminal Copy
button Copy: Desktop command
listitem 2 {COMPARED}
listitem 3 {PASSWORD}
listitem 4 In a VNC viewer, open localhost:1
listitem 5 VNC password, paste •••••••••••••••• Copy
image hidden
button Copy: VNC password
button Details, files, in this notebook expanded=False
button Disconnect""".splitlines()
FAILED = (
    "ngrok wants a card on file before it opens TCP tunnels. Free accounts have to be verified "
    "with a card; it is not charged (ERR_NGROK_8013). Add a card in the ngrok dashboard and try "
    "again, or choose another tunnel."
)
HERE = """group In this notebook
button Terminal expanded=False
button Desktop expanded=False
button Files expanded=False"""
NGROK = f"""{HERE}
group Through
radio ngrok free account, payment card (not charged) checked=true
radio Cloudflare no account; cloudflared on your computer
radio SSH relay a server of yours, or a public relay
radio This network same network or VPN
radio This notebook's server no account; Python on your computer
link Your use"""
ACCESS = """group Access
checkbox SSH checked=true
checkbox Desktop (VNC)
button More: key, user, time limit, Drive expanded=False
button Connect"""
REGION_AND_ACCESS = f"""combobox Region = Automatic (nearest) expanded=False
{ACCESS}"""
HEARD = {
    "idle": f"""status
status
{NGROK}
textbox Authtoken
button Show: token
link Get your token
button Use NGROK_AUTHTOKEN from Colab's secrets
{REGION_AND_ACCESS}""".splitlines(),
    "missing": f"""status
status
{NGROK}
textbox Authtoken invalid=true
button Show: token
link Get your token
button Use NGROK_AUTHTOKEN from Colab's secrets
alert Paste your authtoken first. live=assertive
{REGION_AND_ACCESS}""".splitlines(),
    "trust-key": f"""status
status
{HERE}
group Through
radio ngrok free account, payment card (not charged)
radio Cloudflare no account; cloudflared on your computer
radio SSH relay a server of yours, or a public relay checked=true
radio This network same network or VPN
radio This notebook's server no account; Python on your computer
combobox Server = relay.example.org
textbox Key file
textbox Its host key invalid=true
alert relay.example.org is not known here yet. Its host key is \
SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg. Compare it with what ssh-keygen -lf says on \
the server, then trust it. Trust this key live=assertive
button Trust this key
{ACCESS}""".splitlines(),
    "secret-missing": f"""status
status
{NGROK}
textbox Authtoken = NGROK_AUTHTOKEN invalid=true
button Paste it instead
alert There is no secret NGROK_AUTHTOKEN. Neither Colab's secrets nor the environment have it. \
Add it there, under that name, or paste the token instead. live=assertive
{REGION_AND_ACCESS}""".splitlines(),
    "cloudflare": f"""status Connected: calm-river-stone-paper.trycloudflare.com
status
{WAYS}
listitem 1 Once, install cloudflared curl -fsSL https://github.com/cloudflare/cloudflared/releases/\
latest/download/cloudflared-linux-amd64 -o cloudflared && sudo install cloudflared /usr/local/bin/ \
Copy
button Copy: Install cloudflared
listitem 2 In a terminal, run ssh -o ProxyCommand="cloudflared access ssh --hostname %h" \
colab@calm-river-stone-paper.trycloudflare.com Copy
button Copy: SSH command
listitem 3 {COMPARED.replace("tested through the tunnel", UNTESTED)}
listitem 4 {PASSWORD}
button Details, files, in this notebook expanded=False
button Disconnect""".splitlines(),
    "offers": [
        f"status Not connected: {FAILED.split('. ')[0]}.",
        "status",
        f"group {FAILED}",
        "link Read more",
        "button Try again",
        "button Use Cloudflare",
        "button Use SSH relay",
        "button Use this network",
        "button Copy the report: error, steps and log",
        *HERE.splitlines(),
        "listitem Check done 0.3 s",
        "listitem Packages done 2.1 s",
        "listitem Tunnel failed",
        "listitem Verify pending",
        *LOG,
    ],
    "line-to-copy": [
        "status Not connected: ana@relay.example.org does not take this machine's key.",
        "status",
        "group ana@relay.example.org does not take this machine's key. Its public half is not "
        "among the keys of that account. Add this line to ~/.ssh/authorized_keys there, then "
        "connect again.",
        "button Copy: line",
        "button Try again",
        "button Copy the report: error, steps and log",
        *HERE.splitlines(),
        "listitem Check done 0.3 s",
        "listitem Packages done 2.1 s",
        "listitem Tunnel failed",
        "listitem Verify pending",
        *LOG,
    ],
    "dead": ["status", "status", "status Run this cell to connect."],
    "working": [
        "status Connecting: Tunnel",
        "status",
        "listitem Check done 0.3 s",
        "listitem Packages done 2.1 s",
        "listitem Tunnel running",
        "listitem Verify pending",
        "progressbar Tunnel = 63",
        *LOG,
        "button Cancel",
    ],
    "connected": [
        "status Connected: 0.tcp.eu.ngrok.io",
        "status",
        *SSH,
        "button Disconnect",
    ],
    "present": [
        "status Connected: 0.tcp.eu.ngrok.io",
        "status",
        *SSH[:-1],
        *DETAILS,
        "group Open connections",
        "button End: SSH 93.184.216.34",
        "button End: SSH",
        "button End: Terminal in a cell",
        "button Log expanded=False",
        "button Disconnect",
    ],
    "invited": [
        "status Connected: 0.tcp.eu.ngrok.io",
        "status",
        *SSH[:-1],
        *DETAILS,
        "group Open connections",
        "button End: SSH 93.184.216.34",
        "button End: Guest, SSH 198.51.100.7",
        "group Invitations",
        "button Revoke: guest-3fa91c",
        "button Copy: command for guest-3fa91c",
        "button Revoke: guest-b20e77",
        "button Copy: command for guest-b20e77",
        "image hidden",
        "button Show: Password, once",
        "button Copy: Password, once",
        "button Revoke: guest-90c4d2",
        "button Copy: command for guest-90c4d2",
        "image hidden",
        "button Show: Password, once",
        "button Copy: Password, once",
        "image hidden",
        "button Show: VNC password",
        "button Copy: VNC password",
        "button Log expanded=False",
        "button Disconnect",
    ],
    "unsealed": [
        "status Connected: 0.tcp.eu.ngrok.io",
        "status",
        "button Show details",
        "group In this notebook",
        "button Terminal expanded=False",
        "button Files expanded=False",
        "button Log expanded=False",
        "button Disconnect",
    ],
    "desktop-connected": [
        "status Connected: the desktop is ready",
        "status",
        *DESKTOP,
    ],
    "reconnecting": [
        "status Reconnecting: the ngrok agent has ended",
        "status",
        *SSH,
        "button Disconnect",
    ],
    "here-form": f"""status
status
{HERE}
group Through
radio ngrok free account, payment card (not charged)
radio Cloudflare no account; cloudflared on your computer
radio SSH relay a server of yours, or a public relay
radio This network same network or VPN
radio This notebook's server no account; Python on your computer
button Connect""".splitlines(),
    "here-desktop": [
        "status Connected: the desktop is ready",
        "status",
        "group Desktop",
        "group Desktop",
        "button Screenshot",
        "button Close desktop",
        *HERE.splitlines()[:2],
        "button Close desktop expanded=True",
        "button Files expanded=False",
        "button Log expanded=False",
        "button Disconnect",
    ],
    "failed": [
        f"status Not connected: {FAILED.split('. ')[0]}.",
        "status",
        f"group {FAILED}",
        "link Read more",
        "button Try again",
        "button Copy the report: error, steps and log",
        *HERE.splitlines(),
        "listitem Check done 0.3 s",
        "listitem Packages done 2.1 s",
        "listitem Tunnel failed",
        "listitem Verify pending",
        *LOG,
    ],
}


@pytest.fixture(scope="module")
def heard(browser: Browser) -> dict[str, list[str]]:
    """What is told of each card of one sheet."""
    with sheet(browser, "+".join(HEARD)) as page:
        lines = iter(spoken(page))
    cards: list[list[str]] = []
    for line in lines:
        if line == HEAD:
            cards.append([])
        cards[-1].append(line)
    return dict(zip(HEARD, cards, strict=True))


@pytest.mark.parametrize("scene", HEARD)
def test_a_screen_reader_is_told(heard: dict[str, list[str]], scene: str) -> None:
    assert heard[scene] == [HEAD, *HEARD[scene]]
