import { type Clock, timer } from "../dom/clock";

/** Milliseconds: an answer may come in several messages, so a next question waits for its end. */
const BURST = 20;

export interface CatchUp {
  /** Something is missing: asks, unless that is under way. */
  want(): void;
  /** A part has come and more is missing: goes on soon where it had asked, else waits anew. */
  came(): void;
  /** Nothing is missing. */
  done(): void;
}

/**
 * Asks for something that is missing until it has come.
 *
 * @param first milliseconds before it asks: often the missing part is on its way
 * @param again milliseconds before it asks again, growing
 * @param most to this
 */
export function catchUp(
  clock: Clock,
  ask: () => void,
  first: number,
  again: number,
  most: number,
): CatchUp {
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
    want() {
      if (!wait.running()) wait.set(first, askNow);
    },
    came() {
      interval = again;
      wait.set(asked ? BURST : first, askNow);
    },
    done() {
      wait.clear();
      asked = false;
      interval = again;
    },
  };
}
