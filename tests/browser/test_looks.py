"""How the widget looks: every state and theme, narrow and wide."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

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

# What can be pressed, chosen or filled in at first sight, each tab counted, and the main buttons.
CONTROLS = """(without = "none") => Object.fromEntries([
  ...document.querySelectorAll("[data-scene]")
].map((cell) => {
  const controls = ":is(button, a[href], input, select, textarea, summary)";
  const found = [...cell.querySelectorAll(controls)]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.closest(without));
  const names = (of) => of.map((each) => each.dataset.testid ?? each.textContent);
  return [cell.dataset.scene, [found, found.filter((each) => each.matches(".cw-main"))].map(names)];
}))"""
CONTROLS_MAX = 9
#: What a user finds in each tab at first sight, also with a desktop there.
FIRST_SIGHTS = ["connected", "keyonly", "vscode", "vscode-jump", "putty", "jump", "reconnecting"]
FIRST_SIGHTS += ["cloudflare", "cloudflare-vscode", "cloudflare-desktop"]
FIRST_SIGHTS += ["pairing", "pairing-vscode", "pairing-desktop"]
FIRST_SIGHTS += ["desktop-idle", "desktop-installing", "desktop-ready", "desktop-connected"]
FIRST_SIGHTS += ["desktop-lost", "desktop-failed", "desktop-closing", "here-desktop", "working"]
#: All that a user fills in is there at once, with what opens without any of it.
FORM = "connect"
#: What the user has opened, and boxes with buttons of their own: an error's ways out, a question.
OPENED = ".cw-shown, .cw-box, [aria-label=Details], [data-testid=bridge], .cw-search, .cw-log, "
OPENED += ":has([data-testid=details-toggle][aria-expanded=true]) .cw-loghead > .cw-line-up"

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

MOVING = """(passing) => document.getAnimations()
  .filter(({ animationName }) => animationName !== passing)
  .map(({ effect }) => effect.target.closest("[data-scene]").dataset.scene)"""
#: What has just come up does so softly.
COMES = "cw-come"


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
        moving = set(page.evaluate(MOVING, COMES))

    assert moving == {"working", "unknown", "desktop-installing"}


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_few_controls_are_there_at_first_sight(browser: Browser, width: int) -> None:
    with sheet(browser, "+".join(FIRST_SIGHTS), Look(width=width)) as page:
        controls = page.evaluate(CONTROLS)
    assert list(controls) == FIRST_SIGHTS
    assert {name: all for name, (all, _) in controls.items() if len(all) > CONTROLS_MAX} == {}
    assert controls["connected"][0] == [
        *("tab-terminal", "tab-vscode", "tab-desktop", "system"),
        *("copy-command", "copy-fingerprint", "copy-password", "details-toggle", "disconnect"),
    ]


def test_no_state_has_more_beside_what_was_opened_and_what_asks(browser: Browser) -> None:
    with sheet(browser) as page:
        controls = page.evaluate(CONTROLS, OPENED)
    many = {name: all for name, (all, _) in controls.items() if len(all) > CONTROLS_MAX}
    assert {name: all for name, all in many.items() if FORM not in all} == {}
    assert many, "forms have more"


def test_no_state_has_two_main_buttons(browser: Browser) -> None:
    with sheet(browser) as page:
        controls = page.evaluate(CONTROLS)
    assert len(controls) > len(FIRST_SIGHTS)
    assert {name: main for name, (_, main) in controls.items() if len(main) > 1} == {}
