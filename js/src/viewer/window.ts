/** Bytes on their way to the kernel that it has not acknowledged. */
const LEAST = 192 * 1024;
/** Bytes of one message. */
const MESSAGE_LEAST = 64 * 1024;
const MESSAGE_MOST = 1024 * 1024;
/** Milliseconds until an answer: a line that is faster carries more at a time, a slower one less. */
const FAST = 300;
const SLOW = 1000;

/** How much is under way to the kernel at a time: what the line carries until an answer is here. */
export class Window {
  #size = LEAST;
  /** The message whose answer is awaited: its end, and when it was sent. */
  #probe: { end: number; at: number } | null = null;

  /** @param most bytes; as many as the kernel keeps */
  constructor(private readonly most = LEAST) {}

  get size(): number {
    return this.#size;
  }

  /** Whether there may be so much that it is not all sent again at once. */
  get isLarge(): boolean {
    return this.most > LEAST;
  }

  get message(): number {
    return Math.min(MESSAGE_MOST, Math.max(MESSAGE_LEAST, this.#size / 8));
  }

  sent(end: number): void {
    if (this.isLarge) this.#probe ??= { end, at: performance.now() };
  }

  acknowledged(end: number): void {
    if (!this.#probe || end < this.#probe.end) return;
    const took = performance.now() - this.#probe.at;
    this.#probe = null;
    if (took < FAST) this.#size = Math.min(this.#size * 2, this.most);
    else if (took > SLOW) this.#size = Math.max(this.#size / 2, LEAST);
  }
}
