import { type ComponentChildren, h } from "preact";
import type { ErrorInfo } from "../protocol";
import { NO_ERROR } from "../read";
import { report } from "../report";
import type { View } from "../view";
import { Copy, LineUp, Problem } from "./basics";

const UNKNOWN: ErrorInfo = {
  ...NO_ERROR,
  code: "unknown",
  title: "The session ended",
  remedy: "The log may tell more.",
};

interface FailureProps {
  view: View;
  /** What failed, as the box is named for it. */
  id: string;
  cause: ErrorInfo | null | undefined;
  /** What can be done at once. */
  children: ComponentChildren;
}

/** Why something failed, and how to go on. */
export function Failure({ view, id, cause, children }: FailureProps) {
  const { host, snapshot } = view.known;
  const error = cause ?? UNKNOWN;
  return (
    <div
      class="cw-box cw-error"
      role="group"
      tabIndex={-1}
      data-focus={id}
      data-testid={id}
      data-code={error.code}
    >
      <Problem error={error} />
      <LineUp>
        {children}
        <Copy
          view={view}
          id="copy-report"
          what="error, steps and log"
          text={() => report(error, host, snapshot, view.log.lines)}
        >
          Copy the report
        </Copy>
      </LineUp>
    </div>
  );
}
