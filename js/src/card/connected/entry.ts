/** The part of the card that shows a session which is up. */
import { Fragment, h, render as draw } from "preact";
import { keepSheet } from "../../dom/sheets";
import { makeAsker } from "../../state/seal";
import type { View } from "../../state/view";
import style from "../../styles/session.css";
import type { Part, Placed } from "../session/parts";
import { Connected } from "./Connected";

const place = (view: View, el: HTMLElement): Placed => ({
  draw() {
    const own = keepSheet(el, style) ? null : h("style", null, style);
    draw(h(Fragment, null, own, h(Connected, { view })), el);
  },
  end: () => draw(null, el),
});

const session: Part = Object.assign(place, { makeAsker });
export default session;
