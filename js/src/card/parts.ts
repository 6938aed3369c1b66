/** What is fetched from the kernel once it has spoken: all that the form can do without. */
import { Fragment, h } from "preact";
import type { Parts } from "../state/loader";
import type { View } from "../state/view";
import { Failed } from "./session/Failed";
import { Inside } from "./session/Inside";
import { Session } from "./session/Session";

/** How it looks; the build says it. */
declare const PARTS_CSS: string;

/** What is shown inside the card, beside all of its states, and how all the parts look. */
const Styled = ({ view }: { view: View }) =>
  h(Fragment, null, h("style", null, PARTS_CSS), h(Inside, { view }));

const parts: Parts = { Failed, Session, Inside: Styled };

export default parts;
