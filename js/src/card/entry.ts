import { Fragment, h, render as draw } from "preact";
import { pageClock } from "../dom/clock";
import { keepDrops } from "../dom/drops";
import { find, focusedIn } from "../dom/focus";
import { keepSheet } from "../dom/sheets";
import { openHere } from "../state/actions";
import type { Shown } from "../state/store";
import { openView, type View } from "../state/view";
import style from "../styles/card.css";
import type { Bundle } from "../wire/bytes";
import { Card } from "./Card";
import { moveFocus } from "./focus";
import { fetchPart } from "./session/parts";

/** States in which there is no session whose details could be shown. */
const WITHOUT: readonly Shown[] = ["idle", "asking", "dead", "failed"];

/** Draws one view of the widget. */
const card: Bundle = ({ model, el, early }) => {
  let before = "";
  let focusArrived = true;
  const focused = (): boolean => el.contains(focusedIn(el));
  const show = (view: View): void => {
    // Read before the content is exchanged: focus falls back to the page when its button goes.
    const inside = focused();
    // A user who types into a terminal keeps focus there, whatever changes around it.
    const away = focusedIn(el)?.closest(".cws");
    if (!WITHOUT.includes(view.shown)) part.want();
    const own = keepSheet(el, style) ? null : h("style", null, style);
    draw(h(Fragment, null, own, h(Card, { view, part, bridge })), el);
    const focusWaits = !focusArrived && find(el, "head") === focusedIn(el);
    const moves = !away && (view.shown !== before || focusWaits);
    // A button may also have gone with what it ended.
    if (inside && (moves || !focused())) focusArrived = moveFocus(view);
    before = view.shown;
  };
  const view = openView({ model, el, early }, pageClock, show);
  const part = fetchPart(view, "session", () => {
    if (part.part) view.askWith(part.part.makeAsker!);
    view.set({});
  });
  const bridge = fetchPart(view, "bridge", () => view.set({}));
  // Sooner than the kernel's answer: the notebook tells that there was a session.
  if (!view.state.fresh) part.want();
  show(view);
  keepDrops(el, () => openHere(view, "files"));
  return () => {
    part.close();
    bridge.close();
    view.close();
    draw(null, el);
  };
};

export default card;
