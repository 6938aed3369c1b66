import { type ComponentChildren, Fragment, h } from "preact";
import { plain } from "../ansi";
import type { View } from "../view";
import { Button, Copy, Toggle } from "./basics";
import { LogView } from "./LogView";

const wholeLog = ({ log }: View): string => `${log.lines.map(plain).join("\n")}\n`;

function download(view: View): void {
  const url = URL.createObjectURL(new Blob([wholeLog(view)], { type: "text/plain" }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = "colabwidget-log.txt";
  anchor.click();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The log's heading, which opens and closes it, with `children` before it; and the log. */
export function LogPanel({ view, children }: { view: View; children?: ComponentChildren }) {
  const { shown, state } = view;
  const name = `log-${shown}`;
  const open = state.open[name] ?? (shown === "working" || shown === "failed");
  return (
    <>
      <div class="cw-line-up cw-loghead">
        {children}
        <Toggle view={view} id="log-toggle" name={name} open={open}>
          Log
        </Toggle>
        {open && (
          <>
            <Copy view={view} id="log-copy" what="log" text={() => wholeLog(view)} />
            <Button id="log-download" aria-label="Download: log" onClick={() => download(view)}>
              Download
            </Button>
          </>
        )}
      </div>
      {open && <LogView view={view} />}
    </>
  );
}
