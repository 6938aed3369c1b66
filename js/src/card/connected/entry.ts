/** The part of the card that shows a session which is up. */
import { Fragment, h, render as draw } from "preact";
import { keepSheet } from "../../dom/sheets";
import style from "../../styles/session.css";
import type { Part } from "../session/parts";
import { Connected } from "./Connected";

const session: Part = (view, el) => ({
  draw() {
    const own = keepSheet(el, style) ? null : h("style", null, style);
    draw(h(Fragment, null, own, h(Connected, { view })), el);
  },
  end: () => draw(null, el),
});

export default session;
