/** What one view knows, as plain data, and how the kernel's messages change it. */
import type {
  Details,
  DetailsMessage,
  ErrorInfo,
  Host,
  Options,
  Phase,
  Provider,
  Snapshot,
  StateMessage,
} from "./protocol";

export type Click = "connect" | "cancel" | "disconnect";

/** A click of this view that the kernel has not settled yet. */
export interface Pending {
  kind: Click;
  request: string;
  /** Milliseconds of the page's clock. */
  since: number;
  /** `mark` of the state at the click: another one shows that the click had an effect. */
  mark: string;
  /** Answered without an error, its effect not seen yet. */
  accepted?: boolean;
}

export interface State {
  options: Options;
  providers: Provider[];
  host: Host | null;
  /** Nothing was going on when the notebook was saved: a hint until the kernel speaks. */
  fresh: boolean;
  /** The kernel has spoken to this view. */
  heard?: boolean;
  /** The kernel did not answer: before it was ever heard, or while something was going on. */
  silent?: boolean;
  serial: number;
  snapshot?: Snapshot | null;
  /** When the snapshot came, milliseconds of the page's clock. */
  at: number;
  /** `elapsed` of the first snapshot of this reconnect, seconds. */
  lostAt: number;
  /** This kernel takes clicks between cells only. */
  clicksWait?: boolean;
  details?: DetailsMessage | null;
  /** The address is another one than the details showed before. */
  moved?: boolean;
  pending?: Pending | null;
  /** The pending click is unanswered for so long that the page says something. */
  late?: boolean;
  /** The error that answers a click of this view. */
  refusal?: { kind: Click; error: ErrorInfo } | null;

  /** "Try again" was pressed: the form is shown though the last session failed. */
  retry?: boolean;
  noticeRead?: boolean;
  /** Something was typed or chosen in this view's form. */
  touched?: boolean;
  publicKey: string;
  /** What was opened, uncovered or closed by hand, by name. */
  open: Record<string, boolean>;
  /** The copy button that has just answered. */
  copied?: { id: string; text: string } | null;
}

export type Traits = Pick<State, "options" | "providers" | "host">;

export const initial = (traits: Traits, fresh: boolean): State => ({
  ...traits,
  fresh,
  serial: -1,
  at: 0,
  lostAt: 0,
  publicKey: "",
  open: {},
});

/** What the page shows; 'asking' and 'dead' stand for a kernel that has not spoken. */
export type Shown = Phase | "asking" | "dead";

/** Whether nothing is going on. */
export const rests = (state?: Snapshot | null): boolean =>
  !state || state.phase === "idle" || state.phase === "failed";

export function shownPhase({ pending, snapshot, silent, fresh, retry, refusal }: State): Shown {
  if (pending && pending.kind !== "disconnect" && rests(snapshot)) return "working";
  if (!snapshot) return silent ? "dead" : fresh ? "idle" : "asking";
  return rests(snapshot) && (retry || refusal) ? "idle" : snapshot.phase;
}

/** Whether the newest state tells of details that have not come. */
export function lacksDetails({ details, snapshot, serial }: State): boolean {
  if (!snapshot?.details_revision) return false;
  if (details?.epoch !== snapshot.epoch) return true;
  return details.revision !== snapshot.details_revision && details.serial < serial;
}

/** The details that belong to this backend, if they have come. */
export const currentDetails = ({ details, snapshot }: State): Details | null =>
  snapshot?.details_revision && details?.epoch === snapshot.epoch ? details.details : null;

const mark = (state?: Snapshot | null): string =>
  state ? `${state.epoch}/${state.revision}/${state.phase}` : "";

/** The state after a click, before any answer. */
export const takeClick = (state: State, kind: Click, request: string, now: number): State => ({
  ...state,
  refusal: null,
  retry: false,
  late: false,
  pending: { kind, request, since: now, mark: mark(state.snapshot) },
});

/** What is left of a click after a message; null where it is settled. */
function settle(pending: Pending, { state, last_reply: reply }: StateMessage): Pending | null {
  const answered = reply?.request === pending.request;
  const accepted = answered || pending.accepted;
  // Connect is settled by a session that started, the others by one that ended.
  const settled =
    pending.kind === "connect"
      ? mark(state) !== pending.mark && (accepted || state.phase !== "idle")
      : rests(state);
  return settled || (answered && reply.error) ? null : { ...pending, accepted };
}

export function takeState(had: State, message: StateMessage, now: number): State {
  if (message.serial <= had.serial) return had;
  const { state: snapshot, last_reply: reply, serial } = message;
  const pending = had.pending && settle(had.pending, message);
  const error = had.pending && reply?.request === had.pending.request && reply.error;
  const reconnects = snapshot.phase === "reconnecting" && had.snapshot?.phase !== "reconnecting";
  const keep = snapshot.details_revision > 0 || (had.details?.serial ?? 0) > serial;
  const refusal = error && had.pending ? { kind: had.pending.kind, error } : had.refusal;
  // A refusal stays only as long as what it was about is on show.
  const apt = refusal && (refusal.kind === "connect") === rests(snapshot);
  return {
    ...had,
    serial,
    snapshot,
    at: now,
    host: message.host ?? had.host,
    clicksWait: message.clicks_wait,
    pending,
    late: had.late && !!pending && !pending.accepted,
    refusal: apt ? refusal : null,
    retry: had.retry && snapshot.phase === "failed",
    lostAt: reconnects ? snapshot.elapsed : had.lostAt,
    // Secrets stay in the page no longer than the session.
    details: keep ? had.details : null,
    open: keep || !had.details ? had.open : {},
    moved: keep && had.moved,
  };
}

export function takeDetails(state: State, message: DetailsMessage): State {
  const { details: had, snapshot } = state;
  if (had && message.serial <= had.serial) return state;
  // A late message of a past backend, or of a session that has ended.
  const current = message.epoch === snapshot?.epoch && snapshot.details_revision > 0;
  if (message.serial < state.serial && !current) return state;
  const other =
    had?.epoch === message.epoch && had.details.ssh?.command !== message.details.ssh?.command;
  return { ...state, details: message, moved: state.moved || other };
}
