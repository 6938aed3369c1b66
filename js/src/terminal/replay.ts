import type { Terminal } from "@xterm/xterm";
import type { Size } from "../viewer/channel";

type Bytes = Uint8Array<ArrayBuffer>;

/** Draws what a shell has printed: first what is a repetition, at the sizes at which it was printed. */
export class Replay {
  #at = 0;
  #pending: [Bytes, () => void][] = [];
  #drawing = false;
  #ended = false;

  /**
   * @param old bytes that are a repetition
   * @param sizes the oldest first
   * @param over called once all of them are drawn
   */
  constructor(
    private readonly term: Terminal,
    private readonly old: number,
    private readonly sizes: Size[],
    private readonly over: () => void,
  ) {
    if (!old) this.#finish();
  }

  /** Whether what is drawn was drawn before, so that it asks nothing and rings no bell. */
  get repeats(): boolean {
    return this.#at < this.old;
  }

  write(bytes: Bytes, done: () => void): void {
    if (this.#ended) return this.term.write(bytes, done);
    this.#pending.push([bytes, done]);
    if (!this.#drawing) this.#draw();
  }

  /** Draws nothing any more. */
  close(): void {
    this.#pending = [];
    this.#drawing = true;
  }

  #draw(): void {
    const next = this.#pending[0];
    this.#drawing = !!next;
    if (!next) return;
    const [bytes, done] = next;
    while (this.sizes[0] && this.sizes[0].at <= this.#at) this.#resize(this.sizes.shift()!);
    const most = Math.min(this.sizes[0]?.at ?? this.old, this.old) - this.#at;
    const part = bytes.subarray(0, most);
    this.term.write(part, () => {
      if (this.#pending[0] !== next) return; // it was closed
      this.#at += part.length;
      next[0] = bytes.subarray(part.length);
      if (!next[0].length) {
        this.#pending.shift();
        done();
      }
      if (this.repeats) this.#draw();
      else this.#finish();
    });
  }

  #resize({ columns, rows }: Size): void {
    if (columns > 0 && rows > 0 && columns <= 1000 && rows <= 1000) this.term.resize(columns, rows);
  }

  /** What comes now is new. */
  #finish(): void {
    const last = this.sizes.pop();
    if (last && this.old) this.#resize(last);
    this.#ended = true;
    this.over();
    for (const [bytes, done] of this.#pending.splice(0)) this.term.write(bytes, done);
  }
}
