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
SSH = """group Connection details
button Copy: SSH command
image hidden
button Show: Password
button Copy: Password
button Copy: Host key
link Open in VS Code
button Open terminal here expanded=False
button New passwords expanded=False
button Invite expanded=False
group
disclosuretriangle ssh config expanded=False
button Copy: ssh config
button Download: ssh config
group
disclosuretriangle Trust this machine (known_hosts) expanded=False
button Copy: known_hosts line""".splitlines()
DESKTOP = """group Desktop
button Open desktop here expanded=False
button Copy: 1 Forward
button Copy: 2 Viewer
image hidden
button Show: VNC password
button Copy: VNC password
image hidden
button Show: View-only password
button Copy: View-only password
button Download for TigerVNC
button Download for TurboVNC""".splitlines()
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
    "cloudflare": [
        "status Connected: calm-river-stone-paper.trycloudflare.com",
        "status",
        "group Connection details",
        "button Copy: 1 Install cloudflared",
        "group",
        "disclosuretriangle On another system expanded=False",
        "button Copy: 2 SSH command",
        *SSH[2:],
        "button Disconnect",
        "button Add desktop",
        "button Files expanded=False",
        "button Log expanded=False",
    ],
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
        "button Do not close by itself",
        "button Disconnect",
        "button Add desktop",
        "button Files expanded=False",
        "button Log expanded=False",
    ],
    "present": [
        "status Connected: 0.tcp.eu.ngrok.io",
        "status",
        *SSH,
        "group Open connections",
        "button End: SSH 93.184.216.34",
        "button End: SSH",
        "button End: Terminal in a cell",
        "button Disconnect",
        "button Add desktop",
        "button Files expanded=False",
        "button Log expanded=False",
    ],
    "invited": [
        "status Connected: 0.tcp.eu.ngrok.io",
        "status",
        *SSH,
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
        "button Disconnect",
        "button Add desktop",
        "button Files expanded=False",
        "button Log expanded=False",
    ],
    "desktop-connected": [
        "status Connected: the desktop is ready",
        "status",
        *SSH,
        *DESKTOP,
        "button Disconnect",
        "button Remove desktop",
        "button Files expanded=False",
        "button Log expanded=False",
    ],
    "reconnecting": [
        "status Reconnecting: the ngrok agent has ended",
        "status",
        *SSH,
        "button Disconnect",
        "button Files expanded=False",
        "button Log expanded=False",
    ],
    "here-form": f"""status
status
{HERE}
group Through
radio ngrok free account, payment card (not charged)
radio Cloudflare no account; cloudflared on your computer
radio SSH relay a server of yours, or a public relay
radio This network same network or VPN
button Connect""".splitlines(),
    "here-desktop": [
        "status Connected: the desktop is ready",
        "status",
        "group Desktop",
        "group Desktop",
        "button Screenshot",
        "button Close desktop",
        "button Disconnect",
        "button Close desktop expanded=True",
        "button Open terminal here expanded=False",
        "button Files expanded=False",
        "button Log expanded=False",
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
