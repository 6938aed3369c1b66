import { h } from "preact";
import type { Status } from "../../wire/protocol";

const CROSS = "M4 4l8 8M12 4l-8 8";

/** Lines in a square of 16. The names are texts, so that the build does not shorten them. */
const LINES = new Map<Status | "caution", string>([
  ["pending", "M8 3a5 5 0 1 0 .01 0z"],
  ["running", "M8 2.5A5.5 5.5 0 1 1 2.5 8"],
  ["done", "M3 8.5l3.5 3.5L13 4.5"],
  ["skipped", "M4 8h8"],
  ["failed", CROSS],
  ["cancelled", CROSS],
  ["caution", "M8 2.5v7M8 13v.01"],
]);

/** A sign for the eye; what stands beside it says the same. */
export const Icon = ({ name }: { name: Status | "caution" }) => (
  <svg class={`cw-icon cw-${name}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={LINES.get(name)} />
  </svg>
);
