import { type ComponentChildren, Fragment, h } from "preact";
import { currentDetails } from "../../state/store";
import type { View } from "../../state/view";
import { Save } from "../ui/Save";
import { Steps } from "../ui/Steps";
import { Button, Copy, Toggle } from "../ui/basics";
import { toggleSearch } from "./LogSearch";
import { LogView } from "./LogView";
import { plain } from "./ansi";

const wholeLog = ({ log }: View): string => `${log.lines.map(plain).join("\n")}\n`;

interface LogPanelProps {
  view: View;
  /** What stands before the log's heading, and after it. */
  children?: ComponentChildren;
  last?: ComponentChildren;
}

/** The log's heading, which opens and closes it, in a line with others; and the log. */
export function LogPanel({ view, children, last }: LogPanelProps) {
  const { shown, state } = view;
  const name = `log-${shown}`;
  const open = state.open[name] ?? (shown === "working" || shown === "failed");
  // Of a session that is up it is a detail.
  const up = shown === "connected" || shown === "reconnecting";
  const rare = up && !!currentDetails(state)?.ssh && !state.open.details;
  return (
    <>
      <div class="cw-line-up cw-loghead">
        {children}
        {!rare && (
          <div class="cw-line-up">
            <Toggle view={view} id="log-toggle" name={name} open={open}>
              Log
            </Toggle>
            {open && (
              <>
                <Button
                  id="log-search"
                  data-focus="log-search"
                  aria-label="Search: log"
                  aria-expanded={!!state.open["log-search"]}
                  onClick={() => toggleSearch(view)}
                >
                  Search
                </Button>
                <Copy view={view} id="log-copy" what="log" text={() => wholeLog(view)} />
                <Save
                  view={view}
                  id="log-download"
                  label="Download: log"
                  file="colabwidget-log.txt"
                  text={() => wholeLog(view)}
                  otherwise="Copy it"
                >
                  Download
                </Save>
              </>
            )}
          </div>
        )}
        {last}
      </div>
      {open && !rare && shown === "connected" && <Steps steps={state.snapshot?.steps ?? []} />}
      {open && !rare && <LogView view={view} />}
    </>
  );
}
