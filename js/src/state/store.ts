/** The state of one view, as plain data, and how the kernel's messages change it. */
import type { Lost } from "./liveness";
import type { Unsealed } from "./seal";
import type {
  Details,
  DetailsMessage,
  ErrorInfo,
  Host,
  Load,
  Phase,
  Provider,
  Settings,
  Snapshot,
  StateMessage,
  Step,
} from "../wire/protocol";

export type Click =
  | "connect"
  | "cancel"
  | "disconnect"
  | "desktop"
  | "restart"
  | "end_presence"
  | "keep_open"
  | "change_passwords"
  | "invite"
  | "revoke";

/** Clicks that are settled by their answer alone. */
const ANSWERED: readonly Click[] = [
  "end_presence",
  "keep_open",
  "change_passwords",
  "invite",
  "revoke",
];

/** A click of this view that the kernel has not settled yet. */
export interface Pending {
  kind: Click;
  request: string;
  /** Milliseconds of the page's clock. */
  since: number;
  /** `stateKey` of the state at the click: another one shows that the click had an effect. */
  stateKey: string;
  /** Answered without an error, its effect not seen yet. */
  accepted?: boolean;
  /** The kernel is lost: no answer is awaited any more, though one may come. */
  expired?: boolean;
}

/** The request to connect that no view has made. */
const AUTO_CONNECT = { kind: "connect", request: "unasked" } as const;

export interface State extends Lost {
  options: Settings;
  providers: Provider[];
  host: Host | null;
  /** Nothing was going on when the notebook was saved: a hint until the kernel answers. */
  fresh: boolean;
  /** The kernel has answered this view. */
  answered?: boolean;
  serial: number;
  snapshot?: Snapshot | null;
  /** When the snapshot came, milliseconds of the page's clock. */
  at: number;
  /** `elapsed` of the first snapshot of this reconnect, seconds. */
  lostAt: number;
  /** This kernel takes clicks between cells only. */
  clicksWait?: boolean;
  /** The newest details that came. */
  details?: DetailsMessage | null;
  /** The address is another one than the details showed before. */
  moved?: boolean;
  pending?: Pending | null;
  /** The pending click is unanswered for so long that the page says something. */
  slow?: boolean;
  /** The views that were opened inside the card in any page, or closed there. */
  inside?: StateMessage["inside"];
  /** The clients of the kernel that show the card. */
  places?: number;
  /** Why the details can come only in a form that all of these can read. */
  unsealed?: Unsealed;
  /** How busy the machine was when the page last asked. */
  load?: Load | null;
  /** On what has failed; '' where nothing has. */
  report?: string;
  /** The error that answers a click of this view. */
  refusal?: { kind: Click; error: ErrorInfo } | null;

  /** "Try again" was pressed: the form is shown though the last session failed. */
  retry?: boolean;
  noticeRead?: boolean;
  /** Something was typed or chosen in this view's form. */
  touched?: boolean;
  publicKey: string;
  /** The parts that the user has opened, revealed or closed, by name. */
  open: Record<string, boolean>;
  /** The way in and the user's system that are chosen in this view. */
  tab?: string;
  system?: string;
  /** The button that was used last in each tab, and what its steps led to. */
  used?: Record<string, { of: string; button: string }>;
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

/** The page's phase; 'asking' and 'dead' are those of a kernel that has not answered. */
export type Shown = Phase | "asking" | "dead";

interface Phased {
  phase: Phase;
}

/** Whether nothing is going on. */
export const rests = (part?: Phased | null): boolean =>
  !part || part.phase === "idle" || part.phase === "failed";

/** The lost part, while it is being restored. */
export const reason = ({ phase, steps }: Snapshot): string | false | undefined =>
  phase === "reconnecting" && steps.find(({ name }) => name === "verify")?.detail;

/** The first step that is under way. */
export const runningStep = (steps: Step[] = []): Step | undefined =>
  steps.find(({ status }) => status === "running");

/** Whether the part is at rest or connected: it changes on a request only. */
export const settled = (part?: Phased | null): boolean =>
  rests(part) || part?.phase === "connected";

export function shownPhase(state: State): Shown {
  const { pending, snapshot, silent, cut, gone, fresh, retry, refusal } = state;
  const { kind, expired } = pending ?? {};
  if (gone && rests(snapshot)) return "dead";
  if ((kind === "connect" || kind === "cancel") && rests(snapshot) && !expired) return "working";
  if (!snapshot) return silent || cut ? "dead" : fresh ? "idle" : "asking";
  return rests(snapshot) && (retry || refusal?.kind === "connect") ? "idle" : snapshot.phase;
}

/** In which way the kernel is lost; '' where it has spoken last. */
export const lostBy = ({ gone, cut, silent }: State): "" | "gone" | "cut" | "silent" =>
  gone ? "gone" : cut ? "cut" : silent ? "silent" : "";

/** The state once this is known of the kernel. */
export function applyLost(state: State, lost: Lost): State {
  const names = Object.keys(lost) as (keyof Lost)[];
  if (names.every((name) => (lost[name] || false) === (state[name] || false))) return state;
  const next = { ...state, ...lost };
  const { pending } = next;
  const expired = lostBy(next) !== "";
  return pending ? { ...next, pending: { ...pending, expired } } : next;
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

/** No secret of the desktop is uncovered; these are the names under which that is kept. */
const COVERED = { "show-vnc-password": false, "show-view-only-password": false };

/** The names under which a view keeps what it has opened inside until the kernel has heard of it. */
const INSIDE = ["desktop", "terminal", "files"] as const;

/** What is open in the view, without what the kernel says as well: from then on the kernel decides. */
function withoutHeard(open: State["open"], inside: StateMessage["inside"]): State["open"] {
  const heard = INSIDE.filter((kind) => open[`inside-${kind}`] === inside[kind]);
  if (!heard.length) return open;
  const names = new Set<string>(heard.map((kind) => `inside-${kind}`));
  return Object.fromEntries(Object.entries(open).filter(([name]) => !names.has(name)));
}

const isGone = ({ desktop }: Snapshot): boolean => rests(desktop) || desktop.phase === "closing";

/** The details without the secrets of a desktop that is gone, as a newer state tells. */
const withoutGone = (message: DetailsMessage, state: Snapshot, serial: number): DetailsMessage =>
  message.serial < serial && isGone(state)
    ? { ...message, details: { ...message.details, desktop: null } }
    : message;

const stateKey = (state?: Snapshot | null): string =>
  state ? `${state.epoch}/${state.revision}/${state.phase}` : "";

/** The state after a click, before any answer. */
export const applyClick = (state: State, kind: Click, request: string, now: number): State => ({
  ...state,
  refusal: null,
  retry: false,
  slow: false,
  pending: { kind, request, since: now, stateKey: stateKey(state.snapshot) },
});

/** The pending click after a message; null where it is settled. */
function settle(pending: Pending, { state, last_reply: reply }: StateMessage): Pending | null {
  const answered = reply?.request === pending.request;
  const accepted = answered || pending.accepted;
  // Connect is settled by a session that started. The desktop's is by whatever it changed; that it
  // is closed is answered only when that is done. The others are by the end of what there was.
  const moved = stateKey(state) !== pending.stateKey;
  const over = rests(state);
  const done = ANSWERED.includes(pending.kind)
    ? answered
    : pending.kind === "connect"
      ? moved && (accepted || state.phase !== "idle")
      : pending.kind === "desktop"
        ? over || (moved && accepted) || state.desktop.phase === "closing"
        : over && !state.kept && (moved || accepted);
  return done || (answered && reply.error) ? null : { ...pending, accepted };
}

export function applyState(previous: State, message: StateMessage, now: number): State {
  if (message.serial <= previous.serial) return previous;
  const { state: snapshot, last_reply: reply, serial } = message;
  const pending = previous.pending && settle(previous.pending, message);
  // The answer to a request of Python itself goes to every view that has no request of its own.
  const asked = previous.pending ?? AUTO_CONNECT;
  const error = reply?.request === asked.request && reply.error;
  const reconnects =
    snapshot.phase === "reconnecting" && previous.snapshot?.phase !== "reconnecting";
  const keep = snapshot.details_revision > 0 || (previous.details?.serial ?? 0) > serial;
  const refusal = error ? { kind: asked.kind, error } : previous.refusal;
  // A refusal stays only as long as what it was about is on show.
  const ofRest = refusal?.kind === "connect" || refusal?.kind === "restart";
  // It must not hide a state that says the same.
  const applies =
    (ofRest === rests(snapshot) || snapshot.kept) && refusal?.error.code !== snapshot.error?.code;
  return {
    ...previous,
    serial,
    snapshot,
    at: now,
    host: message.host ?? previous.host,
    clicksWait: message.clicks_wait,
    inside: message.inside,
    places: message.places,
    report: message.report,
    pending,
    slow: previous.slow && !!pending && !pending.accepted,
    refusal: applies ? refusal : null,
    retry: previous.retry && snapshot.phase === "failed",
    lostAt: reconnects ? snapshot.elapsed : previous.lostAt,
    // Secrets stay in the page no longer than the session, or than the desktop.
    details: keep && previous.details ? withoutGone(previous.details, snapshot, serial) : null,
    open: {
      ...(keep || !previous.details ? withoutHeard(previous.open, message.inside) : {}),
      ...(isGone(snapshot) && COVERED),
    },
    moved: keep && previous.moved,
  };
}

export function applyDetails(state: State, message: DetailsMessage): State {
  const { details: previous, snapshot } = state;
  if (previous && message.serial <= previous.serial) return state;
  // A late message of a past backend, or of a session that has ended.
  const current = message.epoch === snapshot?.epoch && snapshot.details_revision > 0;
  if (message.serial < state.serial && !current) return state;
  const other =
    previous?.epoch === message.epoch &&
    previous.details.ssh?.command !== message.details.ssh?.command;
  const details = snapshot ? withoutGone(message, snapshot, state.serial) : message;
  return { ...state, details, moved: state.moved || other };
}
