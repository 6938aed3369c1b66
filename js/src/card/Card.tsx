import { Fragment, h } from "preact";
import { lostBy, reason, runningStep, type Shown, type State } from "../state/store";
import { closesIn, closesSoon, type View } from "../state/view";
import { NO_TUNNEL } from "../wire/protocol";
import { lostWord } from "./Lost";
import { Notices } from "./Notices";
import { Form } from "./form/Form";
import { Failed } from "./session/Failed";
import { HereRow, Inside } from "./session/Inside";
import { Session } from "./session/Session";
import type { Fetched } from "./session/parts";
import { duration, joined, lasting } from "./ui/format";

const WORD: Partial<Record<Shown, string>> = {
  working: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  failed: "Not connected",
  closing: "Disconnecting",
};

interface CardProps {
  view: View;
  /** What a session that is up has to show. */
  part: Fetched;
  /** How its page becomes the bridge of a paired computer. */
  bridge: Fetched;
}

/** One view of the widget. */
export function Card({ view, part, bridge }: CardProps) {
  const { shown, state } = view;
  const { pending, snapshot, host, copied } = state;
  const word = pending?.kind === "cancel" && !pending.expired ? "Cancelling" : WORD[shown];
  // What was so is no present fact where the kernel may be gone.
  const lost = word && lostWord(state);
  const step = runningStep(snapshot?.steps);
  const end = snapshot?.endpoint;
  const here = snapshot?.options?.tunnel === NO_TUNNEL && "in this notebook only";
  const address = shown === "connected" && (end?.jump || end?.host || here);
  const counts = !lost && (shown === "working" || shown === "reconnecting");
  const ends = shown === "connected" && !lost && closesSoon(view);
  const aside = lost
    ? `was ${word.toLowerCase()}`
    : counts
      ? duration(elapsed(state, view.now()))
      : ends
        ? `closes in ${duration(closesIn(view) ?? 0)}`
        : address;
  const open = elapsed(state, view.now());
  const since = shown === "connected" && open >= 60 && lasting(open);
  const place = host && joined(" · ", host.name, host.gpu);
  const desktop = shown === "connected" && !lost ? snapshot?.desktop : null;
  const news =
    shown === "failed"
      ? snapshot?.error?.title
      : !pending && (counts || desktop) && (reason(snapshot!) || step?.title);
  const more = desktop?.phase === "connected" ? "the desktop is ready" : desktop?.error?.title;
  return (
    <section
      class="cw"
      data-testid="card"
      data-phase={shown}
      data-lost={lost ? lostBy(state) : ""}
      data-lm-suppress-shortcuts="true"
    >
      <div class="cw-head">
        <h3 tabIndex={-1} data-focus="head">
          Remote access to this machine
        </h3>
        <span class={ends ? "cw-warn" : shown === "connected" && !lost ? "cw-good" : "cw-muted"}>
          {word ? joined(" · ", lost || joined(" ", word, since), aside) : place}
        </span>
      </div>
      <div class="cw-hidden" role="status">
        {lost ? joined(", ", lost, aside) : joined(": ", word, news || more || address)}
      </div>
      <div class="cw-hidden" role="status">
        {copied?.text}
      </div>
      {/* A place of its own: what is moved in a page loses focus. */}
      <div class="cw-inside">{(shown !== "dead" || state.gone) && <Inside view={view} />}</div>
      <div class="cw-body">
        <Notices view={view} />
        {shown === "idle" || (shown === "dead" && state.touched) ? (
          <>
            <HereRow view={view} />
            <Form view={view} />
          </>
        ) : (
          word &&
          (shown === "failed" ? (
            <Failed view={view} />
          ) : (
            <Session view={view} part={part} bridge={bridge} />
          ))
        )}
      </div>
    </section>
  );
}

/** Seconds since Connect, or since the connection was lost; the page counts on between states. */
function elapsed({ pending, snapshot, at, lostAt }: State, now: number): number {
  if (pending?.kind === "connect" || !snapshot) return (now - (pending?.since ?? now)) / 1000;
  const from = snapshot.phase === "reconnecting" ? lostAt : 0;
  return snapshot.elapsed - from + (now - at) / 1000;
}
