import { copyText } from "../dom/clipboard";
import { type Clock, timer } from "../dom/clock";
import { watchFrontEnd } from "../wire/front-end";
import type { Early } from "../wire/bytes";
import type { Model } from "../wire/model";
import { type Connection, openConnection } from "./connection";
import { watchLooks } from "./liveness";
import { type Shown, shownPhase } from "./store";

/** Milliseconds. */
const ANSWER = 2000;
const TICK = 1000;
const TICK_RARELY = 20_000;

/** The data and actions of one view's components. */
export interface View extends Connection {
  readonly model: Model;
  /** Where the view is drawn. */
  readonly el: HTMLElement;
  shown: Shown;
  now(): number;
  /**
   * What was typed for each tunnel into fields that are not shown now, such as a token; it is no
   * part of the state.
   */
  readonly typed: Map<string, string>;
  /** Called when the log changes; the part that draws the log puts itself here. */
  onLog: () => void;
  /** Stores that `name` is open, or closed. */
  setOpen(name: string, open: boolean): void;
  /** Copies `text` and lets the button `id` say so. */
  copy(id: string, text: string): Promise<void>;
}

/** Seconds until the session closes by itself, as far as the page knows; null while nothing closes it. */
export const closesIn = ({ state: { snapshot, at }, now }: View): number | null =>
  snapshot?.closing ? Math.max(0, snapshot.closing.seconds - (now() - at) / 1000) : null;

/** Whether so little of that is left that the card counts it down. */
export const closesSoon = (view: View): boolean => (closesIn(view) ?? SOON) < SOON;

/** Seconds. */
const SOON = 300;

/** @param draw draws the view; called once for all the changes of a turn */
export function openView(
  { model, el, early }: { model: Model; el: HTMLElement; early: Early[] },
  clock: Clock,
  draw: (view: View) => void,
): View {
  const answer = timer(clock);
  const tick = timer(clock);
  let due = false;
  let open = true;

  const drawNow = (): void => {
    due = false;
    if (!open) return;
    view.shown = shownPhase(view.state);
    draw(view);
    if (view.shown === "working" || view.shown === "reconnecting" || closesSoon(view)) {
      tick.set(TICK, drawNow);
    } else if (view.shown === "connected") tick.set(TICK_RARELY, drawNow);
    else tick.clear();
  };
  const drawSoon = (): void => {
    if (!due) queueMicrotask(drawNow);
    due = true;
  };

  const connection = openConnection(
    model,
    clock,
    drawSoon,
    () => view.onLog(),
    (changed) => watchFrontEnd(model, el, changed),
  );
  const { close } = connection;
  // A user who looks at the card sees whether it still holds.
  const endLooks = watchLooks(el, () => connection.look());
  const view: View = Object.assign(connection, {
    shown: shownPhase(connection.state),
    model,
    el,
    now: clock.now,
    typed: new Map<string, string>(),
    onLog: () => undefined,
    setOpen: (name: string, open: boolean) =>
      connection.set({ open: { ...connection.state.open, [name]: open } }),
    async copy(id: string, text: string) {
      const done = await copyText(text, el);
      connection.set({ copied: { id, text: done ? "Copied" : "Not copied" }, moved: false });
      answer.set(ANSWER, () => connection.set({ copied: null }));
    },
    close() {
      open = false;
      view.typed.clear();
      endLooks();
      answer.clear();
      tick.clear();
      close();
    },
  });
  for (const each of early) connection.receive(...each);
  return view;
}
