import { h } from "preact";
import { lostBy, rests, type State } from "../state/store";
import type { View } from "../state/view";
import { Box, Copy, Line } from "./ui/basics";
import { joined, timeOfDay } from "./ui/format";

/** Ends a session from outside the page. */
const COMMAND = "python -m colabwidget disconnect";

/** What happened to the kernel, in the words of the header; '' where it has spoken last. */
export function lostWord(state: State): string {
  const by = lostBy(state);
  if (by === "cut") return "No connection to the notebook server";
  if (by === "gone") return state.gone === "ended" ? "Kernel ended" : "Kernel restarted";
  return by && "Kernel not responding";
}

/** What a card still shows of a kernel that is lost, what may be so, and what to do. */
export function Lost({ view }: { view: View }) {
  const { state } = view;
  const { snapshot, pending, at } = state;
  const by = lostBy(state);
  if (!by || !snapshot || view.shown === "dead") return null;
  const title = `${lostWord(state)}.`;
  const again =
    by === "cut"
      ? "It goes on here once the connection is back."
      : by === "gone"
        ? "Run this cell again to see and control what is open."
        : "If you restarted it, run this cell again.";
  const click = pending?.expired && "The last click was not answered.";
  if (rests(snapshot)) return <Line id={by}>{joined(" ", title, click, again)}</Line>;
  return (
    <Box id={by} role="alert">
      <strong>{title}</strong>
      <span>
        This card shows how it was at {timeOfDay(at)}. The session does not end with the kernel: it
        may still be open on the machine.
      </span>
      <span>{joined(" ", click, again)}</span>
      <span>
        To close it without this card, run this in a terminal on the machine, or in a cell with !
        before it:
      </span>
      <div class="cw-code">
        <code data-testid="close-command">{COMMAND}</code>
        <Copy view={view} id="copy-close" what="command" text={() => COMMAND} />
      </div>
    </Box>
  );
}
