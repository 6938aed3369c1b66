"""Whether the card can be read on the ground where it stands, as axe-core judges it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator

AXE = Path(__file__).parents[3] / "js/node_modules/axe-core/axe.min.js"
# The scan needs the page's frame itself; a card may stand in an output's frame.
JUDGE = """
async (card) => {
  // What fades in has its own colours only at the end.
  const ends = ({ effect }) => effect.getComputedTiming().endTime < Infinity;
  await Promise.allSettled(
    card.getAnimations({ subtree: true }).filter(ends).map(({ finished }) => finished));
  // The classic Notebook draws bars beside its cells; the card has a ground of its own.
  const options = { ...axe._audit.checks["color-contrast"].options, ignorePseudo: true };
  axe.configure({ checks: [{ id: "color-contrast", options }] });
  // JupyterLab's body has no height: axe-core takes what overflows it for hidden.
  const { style } = document.body;
  const had = style.height;
  style.height = "100vh";
  const found = await axe.run(card, { runOnly: ["color-contrast"] });
  style.height = had;
  const named = (results) => results.flatMap(({ nodes }) =>
    nodes.map(({ html, any }) => `${html}: ${any.map(({ message }) => message)}`));
  return [named(found.passes), [...named(found.violations), ...named(found.incomplete)]];
}
"""


def hard_to_read(card: Locator) -> list[str]:
    """The texts of the card that lack contrast, or whose contrast is unknown."""
    card.evaluate(f"() => {{ window.axe || (() => {{ {AXE.read_text()} }})() }}")
    good, bad = card.evaluate(JUDGE)
    assert len(good) + len(bad) > 5, f"axe-core looked at too little: {good}"
    found: list[str] = bad
    return found
