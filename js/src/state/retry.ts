import { type Clock, timer } from "../dom/clock";

/** Milliseconds: an answer may come in several messages, so the next request waits for its end. */
const BURST = 20;

export interface Retry {
  /** Something is missing: requests it, unless a request is under way. */
  request(): void;
  /** A part has come and more is missing: sends the next request soon, or waits for the first anew. */
  progress(): void;
  /** Nothing is missing. */
  settle(): void;
}

/**
 * Requests something that is missing until it has come.
 *
 * @param first milliseconds before the first request: often the missing part is on its way
 * @param again milliseconds before the next request; they double
 * @param most milliseconds between two requests, at most
 */
export function createRetry(
  clock: Clock,
  send: () => void,
  first: number,
  again: number,
  most: number,
): Retry {
  const wait = timer(clock);
  let interval = again;
  let requested = false;
  const sendNow = (): void => {
    requested = true;
    send();
    wait.set(interval, sendNow);
    interval = Math.min(interval * 2, most);
  };
  return {
    request() {
      if (!wait.running()) wait.set(first, sendNow);
    },
    progress() {
      interval = again;
      wait.set(requested ? BURST : first, sendNow);
    },
    settle() {
      wait.clear();
      requested = false;
      interval = again;
    },
  };
}
