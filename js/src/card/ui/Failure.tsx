import { type ComponentChildren, h } from "preact";
import type { View } from "../../state/view";
import type { ErrorInfo } from "../../wire/protocol";
import { NO_ERROR } from "../../wire/read";
import { Copy, Row, Problem } from "./basics";
import { joined } from "./format";

const UNKNOWN: ErrorInfo = {
  ...NO_ERROR,
  code: "unknown",
  title: "The session ended",
  remedy: "The log may tell more.",
};

interface FailureProps {
  view: View;
  /** The part that failed; names the box. */
  id: string;
  cause: ErrorInfo | null | undefined;
  /** Buttons for the next step. */
  children: ComponentChildren;
}

/** Why something failed, and how to go on. */
export function Failure({ view, id, cause, children }: FailureProps) {
  const error = cause ?? UNKNOWN;
  const { title, code, remedy } = error;
  return (
    <div
      class="cw-box cw-error"
      role="group"
      // Read when focus comes here.
      aria-label={joined(" ", title, error.cause, remedy)}
      tabIndex={-1}
      data-focus={id}
      data-testid={id}
      data-code={code}
    >
      <Problem view={view} error={error} />
      <Row>
        {children}
        <Copy
          view={view}
          id="copy-report"
          what="error, steps and log"
          text={() => view.state.report || joined("\n", title, error.cause, remedy)}
        >
          Copy the report
        </Copy>
      </Row>
    </div>
  );
}
