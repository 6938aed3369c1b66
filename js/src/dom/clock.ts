/** Time as this front end uses it, so that a test can bend it. */
export interface Clock {
  /** Milliseconds of the wall clock, which goes on while the computer sleeps. */
  now(): number;
  /** Runs `action` once after `ms`; what it returns takes that back. */
  after(ms: number, action: () => void): () => void;
}

export const pageClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const id = setTimeout(action, ms);
    return () => clearTimeout(id);
  },
};

/** At most one wait at a time; a new one replaces it. */
export interface Timer {
  set(ms: number, action: () => void): void;
  clear(): void;
  running(): boolean;
}

export function timer(clock: Clock): Timer {
  let stop: (() => void) | null = null;
  const clear = (): void => {
    stop?.();
    stop = null;
  };
  return {
    clear,
    running: () => stop !== null,
    set(ms, action) {
      clear();
      stop = clock.after(ms, () => {
        stop = null;
        action();
      });
    },
  };
}
