import { h, render as draw } from "preact";
import { pageClock } from "./clock";
import { Card } from "./components/Card";
import { moveFocus } from "./focus";
import { keepKeys } from "./keys";
import type { Model } from "./model";
import { openView, type View } from "./view";

/** Draws one view of the widget; returns what ends it. */
function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  let before = "";
  const show = (view: View): void => {
    // Read before the content is exchanged: focus falls back to the page when its button goes.
    const inside = el.contains(document.activeElement);
    draw(h(Card, { view }), el);
    if (inside && view.shown !== before) moveFocus(view);
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
