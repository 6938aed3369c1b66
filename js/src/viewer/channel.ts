import { bytesOf } from "../wire/bytes";
import type { Model } from "../wire/model";

/** Bytes that were taken before the kernel is told so, or else milliseconds. */
const TELL_BYTES = 384 * 1024;
const TELL_LATE = 100;
/** Bytes to the kernel that it has not taken. */
const TYPED_MAX = 192 * 1024;
const MESSAGE_MAX = 64 * 1024;
/** Milliseconds. */
const REPEAT_FIRST = 1500;
const REPEAT_LAST = 30_000;
const GAP = 300;
const FLUSH_LATE = 40;

export interface Failure {
  title?: string;
  cause?: string;
  remedy?: string;
}

export interface Listener {
  /** It is open; so many bytes of it are a repetition. */
  opened(old: number): void;
  /** Bytes came, in order; `took` is called once they are dealt with. */
  data(bytes: Uint8Array<ArrayBuffer>, took: () => void): void;
  /** It is over. */
  closed(reason: string, error?: Failure): void;
  /** It is not open yet: what goes on. */
  progress?(text: string, share: number | null): void;
  /** What was typed waits for the kernel, or not any more. */
  waiting(waits: boolean): void;
  /** Milliseconds after which that is said. */
  patience: number;
}

/**
 * One stream over the model's custom messages.
 *
 * Messages may be lost or come twice: bytes are numbered both ways, what is missing is asked for
 * again, and what was sent is sent again until the kernel has taken it.
 */
export class Channel {
  readonly name = crypto.getRandomValues(new Uint32Array(4)).join("");
  #open = false;
  #over = false;
  #came = 0;
  #taken = 0;
  #told = 0;
  #tellTimer = 0;
  #gapAt = -Infinity;
  #gapTimer = 0;
  #unsent: Uint8Array[] = [];
  #sent: { at: number; bytes: Uint8Array }[] = [];
  #sentEnd = 0;
  #passed = 0;
  #flushing = false;
  #flushTimer = 0;
  #repeatTimer = 0;
  #repeatPause = REPEAT_FIRST;
  #lateTimer = 0;
  #late = false;

  constructor(
    private readonly model: Model,
    private readonly listener: Listener,
    private readonly first: Record<string, unknown> = {},
  ) {
    model.on("msg:custom", this.#hear);
    this.#ask();
  }

  /**
   * Bytes for the other end.
   *
   * @param late they may wait for others: each message costs the page and the kernel two more
   */
  send(bytes: Uint8Array, late = false): void {
    if (this.#over || !bytes.length) return;
    for (let at = 0; at < bytes.length; at += MESSAGE_MAX)
      this.#unsent.push(bytes.slice(at, at + MESSAGE_MAX));
    if (late) this.#flushTimer ||= setTimeout(() => this.#flush(), FLUSH_LATE);
    else this.#flushSoon();
  }

  /** A message about the stream that carries none of its bytes. */
  tell(content: Record<string, unknown>): void {
    this.#send(content);
  }

  close(): void {
    if (!this.#over) this.#send({ type: "close" });
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.model.off("msg:custom", this.#hear);
    clearTimeout(this.#tellTimer);
    clearTimeout(this.#gapTimer);
    clearTimeout(this.#repeatTimer);
    clearTimeout(this.#lateTimer);
    clearTimeout(this.#flushTimer);
  }

  #send(content: Record<string, unknown>, bytes?: Uint8Array): void {
    try {
      // JupyterLab ignores where a view begins: the buffer is its own.
      const buffers = bytes ? [bytes.slice().buffer as ArrayBuffer] : undefined;
      this.model.send({ ...content, stream: this.name }, undefined, buffers);
    } catch {
      // The kernel is gone. What it has not taken stays here.
    }
  }

  #ask(): void {
    this.#send({ type: "open", ...this.first });
    this.#repeatTimer = setTimeout(() => {
      if (!this.#open) this.#ask();
    }, REPEAT_FIRST);
  }

  #hear = (content: unknown, buffers: unknown): void => {
    const message = content as {
      type?: string;
      stream?: string;
      at?: number;
      took?: number;
      old?: number;
      reason?: string;
      text?: string;
      share?: number | null;
      error?: Failure;
    };
    if (this.#over || message?.stream !== this.name) return;
    if (message.type === "opened") {
      if (this.#open) return;
      this.#open = true;
      clearTimeout(this.#repeatTimer);
      this.#repeatTimer = 0;
      this.listener.opened(message.old ?? 0);
      if (message.at === 0) this.#take(0, bytesOf(buffers));
      this.#flushSoon();
    } else if (message.type === "data") {
      if (this.#open) this.#take(message.at ?? 0, bytesOf(buffers));
      this.#passedOn(message.took ?? 0);
    } else if (message.type === "progress") {
      this.listener.progress?.(message.text ?? "", message.share ?? null);
    } else if (message.type === "took") {
      this.#passedOn(message.at ?? 0);
    } else if (message.type === "failed" || message.type === "closed") {
      this.#end();
      this.listener.closed(message.reason ?? "failed", message.error);
    }
  };

  #take(at: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (at > this.#came) {
      this.#askAgain();
      return;
    }
    clearTimeout(this.#gapTimer);
    this.#gapTimer = 0;
    const fresh = bytes.subarray(this.#came - at);
    if (!fresh.length) {
      // It came again, so the kernel may not know that it is here.
      this.#tellSoon(true);
      return;
    }
    this.#came += fresh.length;
    this.listener.data(fresh, () => {
      this.#taken += fresh.length;
      this.#tellSoon(this.#taken - this.#told >= TELL_BYTES);
    });
  }

  #askAgain(): void {
    const now = performance.now();
    if (now - this.#gapAt < GAP) return;
    this.#gapAt = now;
    this.#tell(true);
    clearTimeout(this.#gapTimer);
    // The answer may be lost as well.
    this.#gapTimer = setTimeout(() => this.#askAgain(), 2 * GAP);
  }

  #tellSoon(now: boolean): void {
    if (now) this.#tell(false);
    else this.#tellTimer ||= setTimeout(() => this.#tell(false), TELL_LATE);
  }

  #tell(again: boolean): void {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = 0;
    this.#told = this.#taken;
    // What came and is being drawn is not asked for again.
    this.#send(again ? { type: "took", at: this.#came, again } : { type: "took", at: this.#taken });
  }

  // To the kernel

  #flushSoon(): void {
    if (this.#flushing || !this.#open || this.#over) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = 0;
    if (!this.#open || this.#over) return;
    while (this.#unsent.length && this.#sentEnd - this.#passed < TYPED_MAX) {
      const parts: Uint8Array[] = [];
      let size = 0;
      while (this.#unsent.length && size + this.#unsent[0]!.length <= MESSAGE_MAX) {
        size += this.#unsent[0]!.length;
        parts.push(this.#unsent.shift()!);
      }
      const bytes = parts.length === 1 ? parts[0]! : joined(parts, size);
      const message = { at: this.#sentEnd, bytes };
      this.#sentEnd += bytes.length;
      this.#sent.push(message);
      this.#sendData(message);
    }
    this.#watch();
  }

  #sendData({ at, bytes }: { at: number; bytes: Uint8Array }): void {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = 0;
    this.#told = this.#taken;
    this.#send({ type: "data", at, took: this.#taken }, bytes);
  }

  #passedOn(at: number): void {
    if (at <= this.#passed) return;
    this.#passed = at;
    while (this.#sent.length && this.#sent[0]!.at + this.#sent[0]!.bytes.length <= at)
      this.#sent.shift();
    this.#repeatPause = REPEAT_FIRST;
    clearTimeout(this.#repeatTimer);
    this.#repeatTimer = 0;
    clearTimeout(this.#lateTimer);
    this.#lateTimer = 0;
    if (this.#late) {
      this.#late = false;
      this.listener.waiting(false);
    }
    this.#flushSoon();
    this.#watch();
  }

  #watch(): void {
    if (!this.#sent.length || this.#over) return;
    this.#repeatTimer ||= setTimeout(() => {
      this.#repeatTimer = 0;
      this.#repeatPause = Math.min(this.#repeatPause * 2, REPEAT_LAST);
      for (const each of this.#sent) this.#sendData(each);
      this.#watch();
    }, this.#repeatPause);
    this.#lateTimer ||= setTimeout(() => {
      this.#late = true;
      this.listener.waiting(true);
    }, this.listener.patience);
  }
}

function joined(parts: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
