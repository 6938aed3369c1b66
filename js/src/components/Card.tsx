import { Fragment, h } from "preact";
import { reason, runningStep, type Shown, type State } from "../store";
import type { View } from "../view";
import { duration, joined } from "../words";
import { Asides } from "./Asides";
import { Ask, Line } from "./basics";
import { Failure } from "./Failure";
import { Form } from "./Form";
import { LogPanel } from "./LogPanel";
import { Disconnect, Question, Session } from "./Session";
import { Steps } from "./Steps";

const WORD: Partial<Record<Shown, string>> = {
  working: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  failed: "Not connected",
  closing: "Disconnecting",
};

/** One view of the widget. */
export function Card({ view }: { view: View }) {
  const { shown, known } = view;
  const { pending, snapshot, host, copied } = known;
  const word = pending?.kind === "cancel" ? "Cancelling" : WORD[shown];
  const step = runningStep(snapshot?.steps);
  const address = shown === "connected" && snapshot?.endpoint?.host;
  const counts = shown === "working" || shown === "reconnecting";
  const aside = counts ? duration(elapsed(known, view.now())) : address;
  const place = host && joined(" · ", host.name, host.gpu);
  const other = snapshot?.error?.code === "backend_version";
  const desktop = shown === "connected" ? snapshot?.desktop : null;
  const news =
    shown === "failed"
      ? snapshot?.error?.title
      : !pending && (counts || desktop) && (reason(snapshot!) || step?.title);
  const more = desktop?.phase === "connected" ? "the desktop is ready" : desktop?.error?.title;
  return (
    <section class="cw" data-testid="card" data-phase={shown} data-lm-suppress-shortcuts="true">
      <div class="cw-head">
        <h3 tabIndex={-1} data-focus="head">
          Remote access
        </h3>
        <span class={shown === "connected" ? "cw-good" : "cw-muted"}>
          {word ? joined(" · ", word, aside) : place}
        </span>
      </div>
      <div class="cw-hidden" role="status">
        {joined(": ", word, news || more || address)}
      </div>
      <div class="cw-hidden" role="status">
        {copied?.text}
      </div>
      <Asides view={view} />
      {shown === "idle" || (shown === "dead" && known.touched) ? (
        <Form view={view} />
      ) : shown === "failed" ? (
        <>
          <Failure view={view} id="error" cause={snapshot?.error}>
            <Ask
              view={view}
              id={other ? "restart" : "try-again"}
              class="cw-button cw-main"
              word={other ? "Restart the backend" : "Try again"}
              busy="Restarting"
              onClick={other ? view.restart : () => view.set({ retry: true, refusal: null })}
            />
            {snapshot?.kept && <Disconnect view={view} />}
          </Failure>
          {snapshot?.kept && (
            <Line id="kept">What runs here was kept: Try again goes on with it.</Line>
          )}
          <Question view={view} />
          {other || (
            <>
              <Steps steps={snapshot?.steps ?? []} />
              <LogPanel view={view} />
            </>
          )}
        </>
      ) : (
        word && <Session view={view} />
      )}
    </section>
  );
}

/** Seconds since Connect, or since the connection was lost; the page counts on between states. */
function elapsed({ pending, snapshot, at, lostAt }: State, now: number): number {
  if (pending?.kind === "connect" || !snapshot) return (now - (pending?.since ?? now)) / 1000;
  const from = snapshot.phase === "reconnecting" ? lostAt : 0;
  return snapshot.elapsed - from + (now - at) / 1000;
}
