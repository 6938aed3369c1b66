import { h, render as draw } from "preact";
import { pageClock } from "../dom/clock";
import { find } from "../dom/focus";
import { keepKeys } from "../dom/keys";
import { openView, type View } from "../state/view";
import type { Model } from "../wire/model";
import { Card } from "./Card";
import { moveFocus } from "./focus";

/** Draws one view of the widget; returns what ends it. */
function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  let before = "";
  let arrived = true;
  const focused = (): boolean => el.contains(document.activeElement);
  const show = (view: View): void => {
    // Read before the content is exchanged: focus falls back to the page when its button goes.
    const inside = focused();
    // Who types into a terminal goes on there, whatever becomes of the rest.
    const away = document.activeElement?.closest(".cws");
    draw(h(Card, { view }), el);
    const waits = !arrived && find(el, "head") === document.activeElement;
    const moves = !away && (view.shown !== before || waits);
    // A button may also have gone with what it ended.
    if (inside && (moves || !focused())) arrived = moveFocus(view);
    before = view.shown;
  };
  const view = openView(model, el, pageClock, show);
  keepKeys(el);
  show(view);
  return () => {
    view.close();
    draw(null, el);
  };
}

export default { render };
