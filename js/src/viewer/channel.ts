import { bytesOf } from "../wire/bytes";
import { fit, isObject, maybe } from "../wire/fit";
import type { Model } from "../wire/model";
import { Window } from "./window";

/** Bytes that are drawn before the page acknowledges them, or milliseconds. */
const ACKNOWLEDGE_BYTES = 384 * 1024;
const ACKNOWLEDGE_DELAY = 100;
/** Milliseconds. */
const RETRANSMIT_FIRST = 1500;
const RETRANSMIT_LAST = 30_000;
const REQUEST_INTERVAL = 300;
const FLUSH_DELAY = 40;

const FAILURE = { title: "", cause: "", remedy: "" };
export type Failure = typeof FAILURE;

/** The size of a shell's terminal from a byte of its stream on. */
const SIZE = { at: 0, columns: 0, rows: 0 };
export type Size = typeof SIZE;

/** What the kernel says of a stream. */
const MESSAGE = {
  type: "",
  stream: "",
  at: maybe(0),
  took: 0,
  old: 0,
  sizes: [SIZE],
  reason: "failed",
  text: "",
  share: maybe(0),
  error: maybe(FAILURE),
};

export interface Listener {
  /** The stream is open; its first `old` bytes are a repetition, printed at those sizes. */
  opened(old: number, sizes: Size[]): void;
  /** Bytes have arrived, in order; `done` is to be called once they are drawn. */
  data(bytes: Uint8Array<ArrayBuffer>, done: () => void): void;
  /** The stream has ended. */
  closed(reason: string, error?: Failure): void;
  /** The stream is opening: what the backend does for it. */
  progress?(text: string, share: number | null): void;
  /** Input waits for the kernel, or no longer does. */
  waiting(waits: boolean): void;
  /** The kernel has acknowledged input. */
  taken?(): void;
  /** Milliseconds of waiting after which `waiting` is called. */
  patience: number;
}

/**
 * One stream over the model's custom messages.
 *
 * Messages may be lost or come twice: bytes are numbered both ways, what is missing is asked for
 * again, and what was sent is sent again until the kernel acknowledges it.
 */
export class Channel {
  readonly name = crypto.getRandomValues(new Uint32Array(4)).join("");
  #open = false;
  #ended = false;
  #received = 0;
  #drawn = 0;
  #acknowledged = 0;
  #acknowledgeTimer = 0;
  #requestedAt = -Infinity;
  #requestTimer = 0;
  #pendingInput: Uint8Array[] = [];
  #inputInFlight: { at: number; bytes: Uint8Array }[] = [];
  #inputEnd = 0;
  #inputAcknowledged = 0;
  #inputQueued = 0;
  readonly #window: Window;
  #flushing = false;
  #flushTimer = 0;
  #retransmitTimer = 0;
  #retransmitPause = RETRANSMIT_FIRST;
  #waitingTimer = 0;
  #inputWaits = false;

  constructor(
    private readonly model: Model,
    private readonly listener: Listener,
    private readonly first: Record<string, unknown> = {},
    windowMost?: number,
  ) {
    this.#window = new Window(windowMost);
    model.on("msg:custom", this.#onMessage);
    this.#requestOpen();
  }

  /**
   * Bytes for the other end.
   *
   * @param delayed they may wait for others: each message costs the page and the kernel two more
   */
  send(bytes: Uint8Array, delayed = false): void {
    if (this.#ended || !bytes.length) return;
    const most = this.#window.message;
    for (let at = 0; at < bytes.length; at += most)
      this.#pendingInput.push(bytes.slice(at, at + most));
    this.#inputQueued += bytes.length;
    if (delayed) this.#flushTimer ||= setTimeout(() => this.#flush(), FLUSH_DELAY);
    else this.#scheduleFlush();
  }

  /** Bytes that the kernel has not acknowledged. */
  get backlog(): number {
    return this.#inputQueued - this.#inputAcknowledged;
  }

  /** A message about the stream that carries none of its bytes. */
  sendControl(content: Record<string, unknown>): void {
    this.#send(content);
  }

  close(): void {
    if (!this.#ended) this.#send({ type: "close" });
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.model.off("msg:custom", this.#onMessage);
    clearTimeout(this.#acknowledgeTimer);
    clearTimeout(this.#requestTimer);
    clearTimeout(this.#retransmitTimer);
    clearTimeout(this.#waitingTimer);
    clearTimeout(this.#flushTimer);
  }

  #send(content: Record<string, unknown>, bytes?: Uint8Array): void {
    try {
      // JupyterLab ignores where a view begins: the buffer is its own.
      const buffers = bytes ? [bytes.slice().buffer as ArrayBuffer] : undefined;
      this.model.send({ ...content, stream: this.name }, undefined, buffers);
    } catch {
      // The kernel is gone. What it has not acknowledged stays here.
    }
  }

  #requestOpen(): void {
    this.#send({ type: "open", ...this.first });
    this.#retransmitTimer = setTimeout(() => {
      if (!this.#open) this.#requestOpen();
    }, RETRANSMIT_FIRST);
  }

  #onMessage = (content: unknown, buffers: unknown): void => {
    const message = fit(MESSAGE, isObject(content) ? content : {});
    if (this.#ended || message.stream !== this.name) return;
    if (message.type === "opened") {
      if (this.#open) return;
      this.#open = true;
      clearTimeout(this.#retransmitTimer);
      this.#retransmitTimer = 0;
      this.listener.opened(message.old, message.sizes);
      if (message.at === 0) this.#onOutput(0, bytesOf(buffers));
      this.#scheduleFlush();
    } else if (message.type === "data") {
      if (this.#open) this.#onOutput(message.at ?? 0, bytesOf(buffers));
      this.#onInputAcknowledged(message.took);
    } else if (message.type === "progress") {
      this.listener.progress?.(message.text, message.share);
    } else if (message.type === "took") {
      this.#onInputAcknowledged(message.at ?? 0);
    } else if (message.type === "failed" || message.type === "closed") {
      this.#end();
      this.listener.closed(message.reason, message.error ?? undefined);
    }
  };

  #onOutput(at: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (at > this.#received) {
      this.#requestMissing();
      return;
    }
    clearTimeout(this.#requestTimer);
    this.#requestTimer = 0;
    const fresh = bytes.subarray(this.#received - at);
    if (!fresh.length) {
      // A repetition: the kernel may not know that these bytes have arrived.
      this.#scheduleAcknowledgement(true);
      return;
    }
    this.#received += fresh.length;
    this.listener.data(fresh, () => {
      this.#drawn += fresh.length;
      this.#scheduleAcknowledgement(this.#drawn - this.#acknowledged >= ACKNOWLEDGE_BYTES);
    });
  }

  #requestMissing(): void {
    const now = performance.now();
    if (now - this.#requestedAt < REQUEST_INTERVAL) return;
    this.#requestedAt = now;
    this.#acknowledge(true);
    clearTimeout(this.#requestTimer);
    // The answer may be lost as well.
    this.#requestTimer = setTimeout(() => this.#requestMissing(), 2 * REQUEST_INTERVAL);
  }

  #scheduleAcknowledgement(now: boolean): void {
    if (now) this.#acknowledge(false);
    else this.#acknowledgeTimer ||= setTimeout(() => this.#acknowledge(false), ACKNOWLEDGE_DELAY);
  }

  #acknowledge(again: boolean): void {
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = 0;
    this.#acknowledged = this.#drawn;
    // Bytes that have arrived and are being drawn are not requested again.
    this.#send(
      again ? { type: "took", at: this.#received, again } : { type: "took", at: this.#drawn },
    );
  }

  // To the kernel

  #scheduleFlush(): void {
    if (this.#flushing || !this.#open || this.#ended) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = 0;
    if (!this.#open || this.#ended) return;
    while (
      this.#pendingInput.length &&
      this.#inputEnd - this.#inputAcknowledged < this.#window.size
    ) {
      const parts: Uint8Array[] = [];
      let size = 0;
      while (
        this.#pendingInput.length &&
        (!size || size + this.#pendingInput[0]!.length <= this.#window.message)
      ) {
        size += this.#pendingInput[0]!.length;
        parts.push(this.#pendingInput.shift()!);
      }
      const bytes = parts.length === 1 ? parts[0]! : concatenate(parts, size);
      const message = { at: this.#inputEnd, bytes };
      this.#inputEnd += bytes.length;
      this.#inputInFlight.push(message);
      this.#window.sent(this.#inputEnd);
      this.#sendInput(message);
    }
    this.#scheduleRetransmit();
  }

  #sendInput({ at, bytes }: { at: number; bytes: Uint8Array }): void {
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = 0;
    this.#acknowledged = this.#drawn;
    this.#send({ type: "data", at, took: this.#drawn }, bytes);
  }

  #onInputAcknowledged(end: number): void {
    const at = Math.min(end, this.#inputEnd);
    if (at <= this.#inputAcknowledged) return;
    this.#inputAcknowledged = at;
    this.#window.acknowledged(at);
    while (
      this.#inputInFlight.length &&
      this.#inputInFlight[0]!.at + this.#inputInFlight[0]!.bytes.length <= at
    )
      this.#inputInFlight.shift();
    // Of much, only the first was sent again; what was lost behind it follows.
    if (this.#window.isLarge && this.#retransmitPause > RETRANSMIT_FIRST)
      for (const each of this.#inputInFlight) this.#sendInput(each);
    this.#retransmitPause = RETRANSMIT_FIRST;
    clearTimeout(this.#retransmitTimer);
    this.#retransmitTimer = 0;
    clearTimeout(this.#waitingTimer);
    this.#waitingTimer = 0;
    if (this.#inputWaits) {
      this.#inputWaits = false;
      this.listener.waiting(false);
    }
    this.#scheduleFlush();
    this.#scheduleRetransmit();
    this.listener.taken?.();
  }

  #scheduleRetransmit(): void {
    if (!this.#inputInFlight.length || this.#ended) return;
    this.#retransmitTimer ||= setTimeout(() => {
      this.#retransmitTimer = 0;
      this.#retransmitPause = Math.min(this.#retransmitPause * 2, RETRANSMIT_LAST);
      const first = this.#window.isLarge ? 1 : this.#inputInFlight.length;
      for (const each of this.#inputInFlight.slice(0, first)) this.#sendInput(each);
      this.#scheduleRetransmit();
    }, this.#retransmitPause);
    this.#waitingTimer ||= setTimeout(() => {
      this.#inputWaits = true;
      this.listener.waiting(true);
    }, this.listener.patience);
  }
}

function concatenate(parts: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
