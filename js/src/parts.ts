/** What is fetched from the kernel once it has spoken: all that the form can do without. */
import { Fragment, h } from "preact";
import { Failed } from "./components/Failed";
import { Session } from "./components/Session";
import type { View } from "./view";

/** How it looks; the build says it. */
declare const PARTS_CSS: string;

interface PartProps {
  view: View;
}

const styled = (Part: (props: PartProps) => h.JSX.Element) => (props: PartProps) =>
  h(Fragment, null, h("style", null, PARTS_CSS), h(Part, props));

const parts = { Failed: styled(Failed), Session: styled(Session) };

export type Parts = typeof parts;

export default parts;
