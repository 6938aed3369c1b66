/** Frames on a stream of files: tables as JSON, and pieces of the file that was named last. */
import { Channel, type Failure } from "../viewer/channel";
import { fit, isObject, maybe } from "../wire/fit";
import type { Model } from "../wire/model";

const HEAD = 5; // bytes: the kind, and the length as four
const TABLE = 0;
const DATA = 1;
/** Bytes that the kernel keeps of ours. */
const WINDOW = 8 * 1024 * 1024;
/** Bytes that wait for the kernel; no more is read from the disk meanwhile. */
const WAITING_MAX = 10 * 1024 * 1024;

/** What the process of a transfer says. */
const ANSWER = {
  type: "",
  n: 0,
  account: "",
  folder: "",
  name: "",
  code: "",
  reason: "",
  needed: 0,
  free: 0,
  at: 0,
  block: 0,
  size: maybe(0),
  total: 0,
  etag: "",
  bytes: 0,
  count: 0,
  left_out: 0,
  entries: [{ name: "", kind: "", size: 0, modified: 0 }],
};
export type Answer = typeof ANSWER & { hashes: string[] };
export type Entry = (typeof ANSWER.entries)[number];

/** The stream has ended, and the work goes on over another one, unless it cannot be opened at all. */
export class Lost extends Error {
  constructor(
    readonly reason: string,
    readonly failure?: Failure,
  ) {
    super(reason);
  }
}

export interface LinkListener {
  answer(answer: Answer): void;
  data?(bytes: Uint8Array<ArrayBuffer>): void;
  lost(error: Lost): void;
  waiting?(waits: boolean): void;
}

function answerOf(bytes: Uint8Array): Answer {
  let table: unknown;
  try {
    table = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    table = {};
  }
  const hashes = isObject(table) && Array.isArray(table.hashes) ? table.hashes : [];
  return { ...fit(ANSWER, table), hashes: hashes.filter((each) => typeof each === "string") };
}

export class Link {
  readonly #channel: Channel;
  #rest = new Uint8Array(0);
  #held: (() => void)[] | null = null;
  #roomy: (() => void)[] = [];
  #lost: Lost | null = null;

  /** @param job names the transfer: a second stream of the same name ends the first */
  constructor(
    model: Model,
    job: string,
    private readonly listener: LinkListener,
  ) {
    this.#channel = new Channel(
      model,
      {
        opened: () => undefined,
        data: (bytes, done) => {
          this.#receive(bytes);
          if (this.#held) this.#held.push(done);
          else done();
        },
        closed: (reason, error) => {
          this.#lost = new Lost(reason, error);
          this.#wake();
          listener.lost(this.#lost);
        },
        waiting: (waits) => listener.waiting?.(waits),
        taken: () => {
          if (this.backlog < WAITING_MAX) this.#wake();
        },
        patience: 4000,
      },
      { job },
      WINDOW,
    );
  }

  /** Bytes that the kernel has not acknowledged. */
  get backlog(): number {
    return this.#channel.backlog;
  }

  send(table: Record<string, unknown>): void {
    this.#frame(TABLE, new TextEncoder().encode(JSON.stringify(table)));
  }

  sendData(bytes: Uint8Array): void {
    this.#frame(DATA, bytes);
  }

  /** Waits until more can be sent; fails where the stream is lost. */
  async room(): Promise<void> {
    while (!this.#lost && this.backlog >= WAITING_MAX)
      await new Promise<void>((resolve) => this.#roomy.push(resolve));
    if (this.#lost) throw this.#lost;
  }

  /** Holds back what comes: the other end waits once enough is under way. */
  hold(on: boolean): void {
    if (on) this.#held ??= [];
    else {
      const held = this.#held ?? [];
      this.#held = null;
      for (const done of held) done();
    }
  }

  close(): void {
    this.#lost ??= new Lost("closed");
    this.#wake();
    this.#channel.close();
  }

  #wake(): void {
    for (const resolve of this.#roomy.splice(0)) resolve();
  }

  #frame(kind: number, bytes: Uint8Array): void {
    const frame = new Uint8Array(HEAD + bytes.length);
    frame[0] = kind;
    new DataView(frame.buffer).setUint32(1, bytes.length);
    frame.set(bytes, HEAD);
    this.#channel.send(frame);
  }

  #receive(fresh: Uint8Array<ArrayBuffer>): void {
    let bytes = fresh;
    if (this.#rest.length) {
      bytes = new Uint8Array(this.#rest.length + fresh.length);
      bytes.set(this.#rest);
      bytes.set(fresh, this.#rest.length);
    }
    let at = 0;
    while (bytes.length - at >= HEAD) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
      if (bytes.length - at - HEAD < length) break;
      const body = bytes.subarray(at + HEAD, at + HEAD + length);
      const kind = bytes[at];
      at += HEAD + length;
      if (kind === DATA) this.listener.data?.(body);
      else this.listener.answer(answerOf(body));
    }
    this.#rest = bytes.slice(at);
  }
}
