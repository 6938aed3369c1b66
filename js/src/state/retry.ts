import { type Clock, timer } from "../dom/clock";

/** Milliseconds: an answer may come in several messages, so the next request waits for its end. */
const BURST = 20;

export interface Retry {
  /** Something is missing: asks for it, unless a request is under way. */
  request(): void;
  /** A part has come and more is missing: asks on soon after a request, else waits anew. */
  progress(): void;
  /** Nothing is missing. */
  settle(): void;
}

/**
 * Asks for something that is missing until it has come.
 *
 * @param first milliseconds before the first request: often the missing part is on its way
 * @param again milliseconds before the next request; they double
 * @param most milliseconds between two requests, at most
 */
export function createRetry(
  clock: Clock,
  ask: () => void,
  first: number,
  again: number,
  most: number,
): Retry {
  const wait = timer(clock);
  let interval = again;
  let asked = false;
  const askNow = (): void => {
    asked = true;
    ask();
    wait.set(interval, askNow);
    interval = Math.min(interval * 2, most);
  };
  return {
    request() {
      if (!wait.running()) wait.set(first, askNow);
    },
    progress() {
      interval = again;
      wait.set(asked ? BURST : first, askNow);
    },
    settle() {
      wait.clear();
      asked = false;
      interval = again;
    },
  };
}
