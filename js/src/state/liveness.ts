/** Whether the kernel is there, by what it says and by what the notebook tells of it. */
import { type Clock, timer } from "../dom/clock";
import type { FrontEnd, Gone } from "../wire/front-end";

/** Milliseconds. */
export const DEAD = 4000;
/** A kernel that has been quiet for so long is asked when its user looks. */
export const LOOK_AFTER = 20_000;
/** A wait that takes so much longer has gone through a sleep of the computer. */
const SLEPT = 2000;
/** Requests in a row that are answered until a kernel that may be another one is taken for the same. */
const SURE = 2;
/** Requests that a kernel has handled without a word until it is taken for another kernel. */
const STRANGE = 3;

/** What is known of the kernel, in place of its answers. */
export interface Lost {
  /** It did not answer: at first, while something was going on, or when it was asked. */
  silent?: boolean;
  /** The page has no connection to the notebook's server. */
  cut?: boolean;
  /** It was restarted or has ended. */
  gone?: Gone | "";
  /** It does not answer, since it is busy with a cell. */
  busy?: boolean;
}

/** What tells a kernel's status message from others; some front ends make up one that is none. */
const isIdle = (message: unknown): boolean => {
  const { header, content } = (message ?? {}) as Record<
    string,
    Record<string, unknown> | undefined
  >;
  return header?.msg_type === "status" && content?.execution_state === "idle";
};

/**
 * The callbacks of a message, by which a front end tells that a kernel has handled it. They are a
 * function as well: marimo calls what it is given, once its server has the message.
 */
export const whenHandled = (run: () => void): unknown =>
  Object.assign(() => undefined, {
    iopub: { status: (message: unknown): void => void (isIdle(message) && run()) },
  });

/**
 * Calls back whenever the user looks at the view.
 *
 * @returns ends that
 */
export function watchLooks(el: HTMLElement, looked: () => void): () => void {
  const look = (): void => void (document.visibilityState === "visible" && looked());
  const looks = [
    [document, "visibilitychange"],
    [window, "online"],
    [el, "pointerenter"],
    [el, "focusin"],
  ] as const;
  for (const [target, event] of looks) target.addEventListener(event, look);
  return () => looks.forEach(([target, event]) => target.removeEventListener(event, look));
}

export interface Liveness {
  /** Asks the kernel whether it is there. */
  probe(): void;
  /** Asks after so many milliseconds, unless it speaks before. */
  probeIn(ms: number): void;
  /** Asks no more. */
  rest(): void;
  /** The kernel has spoken. */
  heard(): void;
  /** It has said that it is busy, and will again in so many seconds. */
  busyFor(seconds: number): void;
  /** What the notebook tells has changed. */
  look(): void;
  /** Another kernel has taken its place. */
  replaced(): void;
}

/**
 * @param ask sends a message that a kernel answers at once; `handled` is to be called where the
 *   front end tells that a kernel has handled it
 * @param tell gets what is known now
 */
export function watchLiveness(
  clock: Clock,
  frontEnd: FrontEnd,
  ask: (handled: () => void) => void,
  tell: (lost: Lost) => void,
): Liveness & { close(): void } {
  const wait = timer(clock);
  let question = 0;
  let handled = false;
  let strange = 0;
  let busyUntil = 0;
  let due = 0;
  let isReplaced = false;
  /** Answers that are missing until it is sure that no other kernel has come: a server hands on what
   * it has kept of the one before, which then answers nothing. */
  let doubt = 0;
  let answered = false;

  const arm = (ms: number, then: () => void): void => {
    due = clock.now() + ms;
    wait.set(ms, then);
  };
  const probe = (): void => {
    const number = ++question;
    handled = answered = false;
    ask(() => (handled ||= number === question));
    arm(DEAD, judge);
  };
  const judge = (): void => {
    if (clock.now() - due > SLEPT) return probe();
    if (goneFor() || frontEnd.cut()) return look();
    if (frontEnd.busy() || clock.now() < busyUntil) {
      tell({ busy: true });
      return arm(DEAD, judge);
    }
    if (answered) {
      if (--doubt > 0) probe();
      return;
    }
    if (!handled) {
      doubt = 0;
      return tell({ silent: true, busy: false });
    }
    // A kernel is there and idle, but this view is nothing to it.
    if (doubt) doubt = SURE;
    if (++strange < STRANGE) return probe();
    doubt = 0;
    tell({ gone: "restarted", busy: false });
  };
  const goneFor = (): Gone | "" => (isReplaced ? "restarted" : frontEnd.gone());
  const look = (): void => {
    const gone = goneFor();
    const cut = frontEnd.cut();
    doubt = gone || cut ? 0 : SURE;
    if (doubt) return probe();
    wait.clear();
    tell(gone ? { gone, busy: false } : { cut, busy: false });
  };
  return {
    probe,
    look,
    probeIn(ms) {
      doubt = 0; // this asks anew in any case
      arm(ms, probe);
    },
    rest: () => void (doubt || wait.clear()),
    close: wait.clear,
    heard() {
      // What the kernel of before had said comes after its end: a server hands on what it has kept.
      if (goneFor()) return look();
      strange = 0;
      answered = true;
      if (!doubt) {
        question++;
        wait.clear();
      }
      tell({ silent: false, cut: false, gone: "", busy: false });
    },
    busyFor(seconds) {
      if (goneFor()) return look();
      busyUntil = clock.now() + 2000 * seconds + DEAD;
      if (!doubt) wait.clear();
      tell({ silent: false, cut: false, gone: "", busy: true });
    },
    replaced() {
      isReplaced = true;
      doubt = 0;
      wait.clear();
      tell({ gone: "restarted", busy: false });
    },
  };
}
