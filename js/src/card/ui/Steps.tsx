import { Fragment, h } from "preact";
import { runningStep } from "../../state/store";
import type { Step } from "../../wire/protocol";
import { stepDuration } from "./format";
import { Icon } from "./icons";

/** The plan of a session and how far it is. */
export function Steps({ steps }: { steps: Step[] }) {
  const running = runningStep(steps);
  return (
    <>
      <ol class="cw-line-up cw-steps">
        {steps.map(({ name, title, status, seconds }) => (
          <li key={name} data-testid={`step-${name}`} data-status={status}>
            <Icon name={status} />
            {title}
            <span class="cw-hidden"> {status}</span>
            {seconds !== null && status === "done" && (
              <span class="cw-muted"> {stepDuration(seconds)}</span>
            )}
          </li>
        ))}
      </ol>
      {running && <Progress step={running} />}
    </>
  );
}

function Progress({ step: { title, detail, progress } }: { step: Step }) {
  // One that does not tell how far it is has no value, and its bar no end.
  const percent =
    progress === null ? undefined : Math.round(Math.min(1, Math.max(0, progress)) * 100);
  return (
    <div class="cw-progress">
      <div
        role="progressbar"
        data-testid="progress"
        aria-label={title}
        aria-valuenow={percent}
        aria-valuetext={detail || undefined}
      >
        <div style={{ width: `${percent ?? 100}%` }} />
      </div>
      <span class="cw-muted">{detail || title}</span>
    </div>
  );
}
