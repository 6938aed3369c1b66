/** What a page has once a kernel has sent it: the widget finds its second half here. */
// @ts-expect-error The built module has no types.
import parts from "../../colabwidget/static/parts.js";

declare const PARTS_HASH: string;

Object.assign(globalThis, { colabwidgetParts: { [PARTS_HASH]: parts } });
