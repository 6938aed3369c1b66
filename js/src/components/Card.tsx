import { Fragment, h } from "preact";
import type { Shown, State } from "../store";
import type { View } from "../view";
import { duration } from "../words";
import { Asides } from "./Asides";
import { Failure } from "./Failure";
import { Form } from "./Form";
import { LogPanel } from "./LogPanel";
import { Session } from "./Session";
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
  const { shown, state } = view;
  const { pending, snapshot, host, copied } = state;
  const word = pending?.kind === "cancel" ? "Cancelling" : WORD[shown];
  const step = snapshot?.steps.find(({ status }) => status === "running");
  const address = shown === "connected" && snapshot?.endpoint?.host;
  const counts = shown === "working" || shown === "reconnecting";
  const aside = counts ? duration(elapsed(state, view.now())) : address;
  const place = host && [host.name, host.gpu].filter(Boolean).join(" · ");
  const news = shown === "failed" ? snapshot?.error?.title : !pending && counts && step?.title;
  return (
    <section class="cw" data-testid="card" data-phase={shown} data-lm-suppress-shortcuts="true">
      <div class="cw-head">
        <h3 tabIndex={-1} data-focus="head">
          Remote access
        </h3>
        <span class={shown === "connected" ? "cw-good" : "cw-muted"}>
          {word ? [word, aside].filter(Boolean).join(" · ") : place}
        </span>
      </div>
      <div class="cw-hidden" role="status">
        {[word, news || address].filter(Boolean).join(": ")}
      </div>
      <div class="cw-hidden" role="status">
        {copied?.text}
      </div>
      <Asides view={view} />
      {shown === "idle" || (shown === "dead" && state.touched) ? (
        <Form view={view} />
      ) : shown === "failed" ? (
        <>
          <Failure view={view} />
          <Steps steps={snapshot?.steps ?? []} />
          <LogPanel view={view} />
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
