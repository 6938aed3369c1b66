import { h } from "preact";
import type { ErrorInfo } from "../protocol";
import { report } from "../report";
import type { View } from "../view";
import { Button, Copy, Problem } from "./basics";

const UNKNOWN: ErrorInfo = {
  code: "unknown",
  title: "The session ended",
  cause: "",
  remedy: "The log may tell more.",
  link: "",
  field: "",
};

/** Why the session failed, in the form's place. */
export function Failure({ view }: { view: View }) {
  const { host, snapshot } = view.state;
  const error = snapshot?.error ?? UNKNOWN;
  return (
    <div
      class="cw-box cw-error"
      role="group"
      tabIndex={-1}
      data-focus="failed"
      data-testid="error"
      data-code={error.code}
    >
      <Problem error={error} />
      <div class="cw-line-up">
        <Button
          id="try-again"
          class="cw-button cw-main"
          onClick={() => view.set({ retry: true, refusal: null })}
        >
          Try again
        </Button>
        <Copy
          view={view}
          id="copy-report"
          what="error, steps and log"
          text={() => report(error, host, snapshot, view.log.lines)}
        >
          Copy the report
        </Copy>
      </div>
    </div>
  );
}
