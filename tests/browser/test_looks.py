"""How the widget looks and sounds: every state and theme, narrow and wide, seen and heard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.kit.browser.screen_reader import spoken
from tests.kit.browser.sheets import Look, build_harness, sheet
from tests.kit.rows import params

NARROW, WIDE = 320, 760
FRONT_ENDS = ["colab-light", "colab-dark", "vscode-light", "vscode-dark", "vscode-contrast"]
THEMES = [*FRONT_ENDS, "system-light", "system-dark", "classic"]
LOOKS = [
    Look("lab-light", NARROW),
    Look("lab-light", WIDE),
    Look("lab-dark", NARROW),
    Look("lab-dark", WIDE),
    Look("lab-light", NARROW, forced=True),
    Look("lab-dark", WIDE, forced=True),
]

# What axe finds wrong, and how many texts it has found to be easy enough to read.
AXE = """async (rules) => {
  const only = rules ? { runOnly: rules } : {};
  const { violations, passes } = await axe.run("#cell", only);
  const seen = passes.find(({ id }) => id === "color-contrast")?.nodes.length ?? 0;
  const wrong = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const part = document.querySelector(target[0]);
      const scene = part?.closest("[data-scene]")?.dataset.scene;
      return `${id} in ${scene}: ${part?.outerHTML}\\n${failureSummary}`;
    }),
  );
  return { wrong, seen };
}"""
BY_COLOUR = ["color-contrast", "link-in-text-block"]

# What sticks out of its card, or is cut off in it, and is not meant to be scrolled.
OUTSIDE = """() => [...document.querySelectorAll(".cw")].flatMap((card) => {
  const { left, right } = card.getBoundingClientRect();
  const scene = card.parentElement.dataset.scene;
  return [...card.querySelectorAll("*")]
    .filter((each) => !each.closest(".cw-hidden, .cw-log > div, pre, option"))
    .filter((each) => {
      const box = each.getBoundingClientRect();
      const scrolls = each.matches(
        "pre, .cw-log, .cw-head span, .cws-title, input, textarea, select",
      );
      const cut = !scrolls && each.clientWidth && each.scrollWidth > each.clientWidth + 1;
      return box.width && (box.right > right || box.left < left || cut);
    })
    .map((each) => `${scene}: ${each.outerHTML.slice(0, 200)}`);
})"""

# Controls that a user with forced colours would not see as such.
UNSEEN = """() => [...document.querySelectorAll(".cw :is(button, input, select, a, summary)")]
  .filter((each) => each.checkVisibility())
  .filter((each) => {
    const { borderTopWidth, borderTopColor, textDecorationLine, appearance } =
      getComputedStyle(each);
    const ground = getComputedStyle(each.closest(".cw")).backgroundColor;
    const framed = parseFloat(borderTopWidth) > 0 && borderTopColor !== ground;
    const drawn = each.matches("[type=radio], [type=checkbox]") && appearance !== "none";
    const arrow = each.matches(".cw-toggle, summary") && getComputedStyle(each, "::before");
    const pointed = arrow && parseFloat(arrow.borderRightWidth) > 0;
    return !(framed || drawn || pointed || textDecorationLine.includes("underline"));
  })
  .map((each) => each.outerHTML)"""

MOVING = """() => document.getAnimations().map(({ effect }) =>
  effect.target.closest("[data-scene]").dataset.scene)"""


@pytest.fixture(scope="module", autouse=True)
def harness() -> None:
    build_harness()


@pytest.mark.parametrize(
    "look", params(LOOKS, slow={"lab-light-320", "lab-dark-760", "lab-light-forced-320"})
)
def test_nothing_is_wrong_with_any_state(browser: Browser, look: Look) -> None:
    with sheet(browser, look=look) as page:
        found = page.evaluate(AXE, None)
        outside = page.evaluate(OUTSIDE)
        unseen = page.evaluate(UNSEEN) if look.forced else []
        track, fill = (
            page.locator(f"[data-scene=working] [role=progressbar]{part}").evaluate(
                "(each) => getComputedStyle(each).backgroundColor"
            )
            for part in ("", " > div")
        )
        moving = page.evaluate(MOVING)

    assert not found["wrong"], "\n\n".join(found["wrong"])
    assert found["seen"] > 500, "axe did not look"
    assert not outside, "\n".join(outside)
    assert not unseen, "\n".join(unseen)
    assert track != fill
    assert not moving, "something moves for a user who minds that"


@pytest.mark.slow
def test_every_text_can_be_read_in_every_theme(browser: Browser) -> None:
    with sheet(browser) as page:
        for theme in THEMES:
            page.evaluate("(theme) => { document.body.dataset.theme = theme }", theme)
            found = page.evaluate(AXE, BY_COLOUR)
            assert not found["wrong"], "\n\n".join([theme, *found["wrong"]])
            assert found["seen"] > 500, "axe did not look"


def test_a_text_that_cannot_be_read_is_found(browser: Browser) -> None:
    with sheet(browser, "idle+failed") as page:
        page.add_style_tag(
            content=".cw { --cw-muted: #bbb !important; --cw-good: #bbb !important }"
            ".cw pre, p { width: 999px !important }"
        )
        found = page.evaluate(AXE, BY_COLOUR)["wrong"]
        outside = page.evaluate(OUTSIDE)

    assert any("color-contrast in failed" in each for each in found)
    assert any(each.startswith("idle:") for each in outside)


def test_what_a_user_with_forced_colours_would_not_see_is_found(browser: Browser) -> None:
    with sheet(browser, "idle", Look(forced=True)) as page:
        page.add_style_tag(content=".cw .cw-main { border: 0 !important }")
        unseen = page.evaluate(UNSEEN)

    assert [each for each in unseen if "Connect" in each] == unseen != []


def test_only_a_running_step_moves(browser: Browser) -> None:
    scenes = "idle+working+unknown+connected+moved+desktop-installing+desktop-lost+reconnecting"
    with sheet(browser, scenes, Look(motion=True)) as page:
        moving = set(page.evaluate(MOVING))

    assert moving == {"working", "unknown", "desktop-installing"}


HEAD = "heading Remote access"
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
button Open terminal here
group
disclosuretriangle ssh config expanded=False
button Copy: ssh config
button Download: ssh config
group
disclosuretriangle known_hosts line expanded=False
button Copy: known_hosts line""".splitlines()
DESKTOP = """group Desktop
button Open desktop here
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
HEARD = {
    "idle": """status
status
group Tunnel
radio ngrok checked=true
radio Cloudflare
radio SSH relay
radio this network
radio In this notebook only
link Your use
textbox Authtoken
button Show: token
link Get your token
button Use NGROK_AUTHTOKEN from Colab's secrets
combobox Region = Automatic (nearest) expanded=False
group Access
checkbox SSH checked=true
checkbox Desktop (VNC)
button More: key, user, time limit, Drive expanded=False
button Connect""".splitlines(),
    "missing": """status
status
group Tunnel
radio ngrok checked=true
radio Cloudflare
radio SSH relay
radio this network
radio In this notebook only
link Your use
textbox Authtoken invalid=true
button Show: token
link Get your token
button Use NGROK_AUTHTOKEN from Colab's secrets
alert Paste your authtoken first. live=assertive
combobox Region = Automatic (nearest) expanded=False
group Access
checkbox SSH checked=true
checkbox Desktop (VNC)
button More: key, user, time limit, Drive expanded=False
button Connect""".splitlines(),
    "trust-key": """status
status
group Tunnel
radio ngrok
radio Cloudflare
radio SSH relay checked=true
radio this network
radio In this notebook only
combobox Server = relay.example.org
textbox Key file
textbox Its host key invalid=true
alert relay.example.org is not known here yet. Its host key is \
SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg. Compare it with what ssh-keygen -lf says on \
the server, then trust it. Trust this key live=assertive
button Trust this key
group Access
checkbox SSH checked=true
checkbox Desktop (VNC)
button More: key, user, time limit, Drive expanded=False
button Connect""".splitlines(),
    "secret-missing": """status
status
group Tunnel
radio ngrok checked=true
radio Cloudflare
radio SSH relay
radio this network
radio In this notebook only
link Your use
textbox Authtoken = NGROK_AUTHTOKEN invalid=true
button Paste it instead
alert There is no secret NGROK_AUTHTOKEN. Neither Colab's secrets nor the environment have it. \
Add it there, under that name, or paste the token instead. live=assertive
combobox Region = Automatic (nearest) expanded=False
group Access
checkbox SSH checked=true
checkbox Desktop (VNC)
button More: key, user, time limit, Drive expanded=False
button Connect""".splitlines(),
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
        "button Log expanded=False",
    ],
    "desktop-connected": [
        "status Connected: the desktop is ready",
        "status",
        *SSH,
        *DESKTOP,
        "button Disconnect",
        "button Remove desktop",
        "button Log expanded=False",
    ],
    "reconnecting": [
        "status Reconnecting: the ngrok agent has ended",
        "status",
        *SSH,
        "button Disconnect",
        "button Log expanded=False",
    ],
    "here-missing": """status
status
group Tunnel
radio ngrok
radio Cloudflare
radio SSH relay
radio this network
radio In this notebook only checked=true
group Access
checkbox Desktop invalid=true
checkbox Terminal
alert Choose the desktop or the terminal first. live=assertive
button Connect""".splitlines(),
    "here-desktop": [
        "status Connected: the desktop is ready",
        "status",
        "button Disconnect",
        "button Open terminal here",
        "button Log expanded=False",
        "group Desktop",
        "button Screenshot",
        "button Close desktop",
    ],
    "failed": [
        f"status Not connected: {FAILED.split('. ')[0]}.",
        "status",
        f"group {FAILED}",
        "link Read more",
        "button Try again",
        "button Copy the report: error, steps and log",
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
