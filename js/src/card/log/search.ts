import { type Clock, timer } from "../../dom/clock";
import type { Log } from "../../state/log";
import { plain, type Span } from "./ansi";

/** Milliseconds of work at once, so that a page goes on drawing. */
const SLICE = 8;
/** Lines between two checks of the time. */
const LINES = 100;

/** Finds the lines of a log in which a text stands, a little at a time and as they come. */
export class Search {
  query = "";
  /** Their numbers, from 0, ascending. */
  found: number[] = [];
  /** Which of them the user is at; -1 for none. */
  at = -1;
  #pattern: RegExp | null = null;
  #searched = 0;
  #epoch = "";
  #from = 0;
  readonly #log: Log;
  readonly #onMove: (line: number) => void;
  readonly #onChange: () => void;
  readonly #clock: Clock;
  readonly #soon;

  /**
   * @param onMove called with the line that the user is taken to
   * @param onChange called when there is more to show
   */
  constructor(log: Log, clock: Clock, onMove: (line: number) => void, onChange: () => void) {
    this.#log = log;
    this.#clock = clock;
    this.#onMove = onMove;
    this.#onChange = onChange;
    this.#soon = timer(clock);
  }

  /** The line that the user is at, or -1. */
  get line(): number {
    return this.found[this.at] ?? -1;
  }

  /** Whether every line that is here was searched. */
  get whole(): boolean {
    return !this.#pattern || this.#searched >= this.#log.lines.length;
  }

  /** Looks for `query`, upper or lower case; takes the user to the first one from line `from` on. */
  setQuery(query: string, from: number): void {
    if (query === this.query) return;
    this.query = query;
    this.#pattern = pattern(query);
    this.#from = from;
    this.#begin();
    this.searchMore();
  }

  /** Searches the lines that have not been searched yet. */
  searchMore(): void {
    if (this.#epoch !== this.#log.epoch) this.#begin();
    if (!this.whole && !this.#soon.running()) this.#soon.set(0, this.#work);
  }

  /** Takes the user to the next one, or with -1 to the one before; round at the ends. */
  step(by: number): void {
    const { length } = this.found;
    if (length)
      this.#go(this.at < 0 ? (by < 0 ? length - 1 : 0) : (this.at + by + length) % length);
  }

  /** The spans of a line, with a mark on those that were looked for. */
  marks(pieces: Span[]): (Span & { mark?: boolean })[] {
    return this.#pattern ? marked(pieces, new RegExp(this.#pattern, "giu")) : pieces;
  }

  close(): void {
    this.#soon.clear();
  }

  #begin(): void {
    this.#epoch = this.#log.epoch;
    this.#soon.clear();
    this.found = [];
    this.at = -1;
    this.#searched = 0;
    this.#onChange();
  }

  #work = (): void => {
    const { lines } = this.#log;
    const until = this.#clock.now() + SLICE;
    do {
      const end = Math.min(this.#searched + LINES, lines.length);
      for (; this.#searched < end; this.#searched++) {
        if (this.#pattern?.test(plain(lines[this.#searched] ?? "")))
          this.found.push(this.#searched);
      }
    } while (!this.whole && this.#clock.now() < until);
    if (this.at < 0) {
      const first = this.found.findIndex((line) => line >= this.#from);
      if (first >= 0 || this.whole) this.#go(first < 0 && this.found.length ? 0 : first);
    }
    this.searchMore();
    this.#onChange();
  };

  #go(at: number): void {
    this.at = at;
    if (at >= 0) this.#onMove(this.line);
    this.#onChange();
  }
}

const pattern = (query: string): RegExp | null =>
  query ? new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "iu") : null;

/** The same text in more pieces: what matches is in pieces of its own. */
function marked(pieces: Span[], matching: RegExp): (Span & { mark?: boolean })[] {
  const whole = pieces.map(({ text }) => text).join("");
  // Where the text goes from unmarked to marked, and back, in turns.
  const edges: number[] = [];
  for (const { 0: hit, index } of whole.matchAll(matching)) edges.push(index, index + hit.length);
  const found: (Span & { mark?: boolean })[] = [];
  let start = 0;
  let next = 0;
  for (const { text, look } of pieces) {
    const end = start + text.length;
    for (let from = start; from < end;) {
      while ((edges[next] ?? Infinity) <= from) next++;
      const to = Math.min(edges[next] ?? end, end);
      found.push({ text: whole.slice(from, to), look, mark: next % 2 === 1 });
      from = to;
    }
    start = end;
  }
  return found;
}
