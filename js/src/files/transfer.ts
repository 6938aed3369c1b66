/** One transfer: what it shows, and how it goes on over another stream where one is lost. */
import type { Model } from "../wire/model";
import { type Answer, Link, Lost } from "./link";
import { why } from "./words";

/** Milliseconds between two tries. */
const AGAIN_FIRST = 1000;
const AGAIN_LAST = 30_000;

export type Phase = "running" | "asking" | "paused" | "done" | "failed" | "cancelled";

/** What all transfers of a view share. */
export interface Place {
  model: Model;
  changed(): void;
}

/** It cannot go on, and why. */
export class Refused extends Error {}

let count = 0;

export abstract class Transfer {
  readonly id = ++count;
  phase: Phase = "running";
  /** What is to be said beside how far it is. */
  note = "";
  /** Bytes. */
  total: number | null = null;
  protected readonly job = crypto.getRandomValues(new Uint32Array(4)).join("");
  protected link: Link | null = null;
  protected account = "";
  #whose = ""; // whose folder it is; it goes on in no other
  #continue: (() => void) | null = null;
  #giveUp: (error: Error) => void = () => undefined; // the attempt that is under way
  #sleeping = { timer: 0, wake: (): void => undefined };
  #turn = 0; // counts the views that it has run in

  constructor(
    readonly name: string,
    readonly kind: "to" | "from",
    protected place: Place,
  ) {}

  /** Bytes that are there. */
  abstract get done(): number;

  /** Does what is left over an open stream. */
  protected abstract work(link: Link): Promise<void>;

  protected abstract onAnswer(answer: Answer): void;

  protected onData?(bytes: Uint8Array<ArrayBuffer>): void;

  protected abstract onLost(error: Lost): void;

  get isOver(): boolean {
    return this.phase === "done" || this.phase === "failed" || this.phase === "cancelled";
  }

  async run(): Promise<void> {
    const turn = ++this.#turn;
    let pause = AGAIN_FIRST;
    await this.unpaused();
    for (;;) {
      const before = this.done;
      try {
        await this.#attempt();
        return;
      } catch (error) {
        if (turn !== this.#turn) return;
        this.link?.close();
        this.link = null;
        if (this.isOver) return;
        const failure = error instanceof Lost ? error.failure : undefined;
        if (!(error instanceof Lost) || failure) {
          const said = failure ? `${failure.title} ${failure.cause} ${failure.remedy}` : error;
          this.end("failed", said instanceof Error ? said.message : String(said));
          return;
        }
      }
      if (this.done > before) pause = AGAIN_FIRST;
      this.say("The connection was lost; it goes on by itself.");
      await new Promise<void>((resolve) => {
        this.#sleeping = { timer: setTimeout(resolve, pause), wake: resolve };
      });
      pause = Math.min(pause * 2, AGAIN_LAST);
      await this.unpaused();
      if (this.isOver || turn !== this.#turn) return;
    }
  }

  pause(): void {
    if (this.phase !== "running") return;
    this.phase = "paused";
    // What is sent stops at its source; what is fetched has to be held back here.
    if (this.kind === "from") this.link?.hold(true);
    this.place.changed();
  }

  resume(): void {
    if (this.phase !== "paused") return;
    this.phase = "running";
    this.link?.hold(false);
    this.#continue?.();
    this.#continue = null;
    this.place.changed();
  }

  /** Ends it; nothing half-made is left. */
  cancel(): void {
    if (this.isOver) return;
    this.end("cancelled", "Cancelled");
    this.link?.close();
  }

  /** Stops it where it is, for another view: this one is closed, or its kernel is gone. */
  leave(note: string): void {
    if (this.isOver) return;
    this.#turn++;
    const left = new Lost("left");
    this.onLost(left);
    this.#giveUp(left);
    this.link?.close();
    this.link = null;
    clearTimeout(this.#sleeping.timer);
    this.#sleeping.wake();
    this.say(note);
  }

  /** Goes on in another view. */
  goOn(place: Place): Promise<void> {
    this.place = place;
    return this.run();
  }

  protected end(phase: Phase, note: string): void {
    this.phase = phase;
    this.note = note;
    this.#continue?.();
    clearTimeout(this.#sleeping.timer);
    this.#sleeping.wake();
    this.#giveUp(new Lost("over"));
    this.place.changed();
  }

  protected say(note: string): void {
    this.note = note;
    this.place.changed();
  }

  protected async unpaused(): Promise<void> {
    while (this.phase === "paused")
      await new Promise<void>((resolve) => (this.#continue = resolve));
  }

  /** Says some tables over another stream, once what was open is closed. */
  protected tell(tables: Record<string, unknown>[]): void {
    this.link?.close();
    const link = new Link(this.place.model, this.job, {
      answer: ({ type, account, folder }) => {
        if (type === "end" || (type === "hello" && `${account} ${folder}` !== this.#whose))
          link.close();
        else if (type === "hello") for (const table of tables) link.send(table);
      },
      lost: () => undefined,
    });
  }

  /** Opens a stream, and fails where it is lost meanwhile. */
  async #attempt(): Promise<void> {
    const { model } = this.place;
    let failed: (error: Error) => void = () => undefined;
    const failure = new Promise<never>((_, reject) => (failed = this.#giveUp = reject));
    let greeted: () => void = () => undefined;
    const hello = new Promise<void>((resolve) => (greeted = resolve));
    const link = (this.link = new Link(model, this.job, {
      answer: (answer) => {
        if (answer.type === "hello") {
          const whose = `${answer.account} ${answer.folder}`;
          this.#whose ||= whose;
          this.account = answer.account;
          if (whose === this.#whose) greeted();
          else failed(new Refused("The session's folder is another one now."));
        } else if (answer.type === "failed" && !answer.n) {
          failed(new Refused(why(answer, this.account)));
        } else if (link === this.link) this.onAnswer(answer);
      },
      data: (bytes) => {
        if (link === this.link) this.onData?.(bytes);
      },
      lost: (error) => {
        this.onLost(error);
        failed(error);
      },
      waiting: (waits) => this.say(waits ? "Waits for the kernel." : ""),
    }));
    await Promise.race([hello, failure]);
    this.say("");
    await Promise.race([this.work(link), failure]);
  }
}
