/** Files on their way to the session's folder. */
import { size } from "../card/ui/format";
import { matching } from "./blocks";
import type { Item } from "./dropped";
import type { Answer, Link, Lost } from "./link";
import { Transfer, type Place } from "./transfer";
import { visible, why } from "./words";

/** Bytes of a file that goes without asking what is there of it. */
const SMALL = 1024 * 1024;
/** Bytes that are read from the disk at a time. */
const PIECE = 1024 * 1024;
/** Reasons that are shown. */
const REASONS = 3;

export type Choice = "replace" | "keep" | "skip";

interface Part extends Item {
  n: number;
  state: "waiting" | "sent" | "asked" | "done" | "skipped" | "failed";
  /** Something of it may be there already. */
  tried: boolean;
  on: Choice | "ask";
  size: number;
  /** Bytes that were handed to the kernel. */
  sent: number;
  settled: () => void;
  answered: (answer: Answer | null) => void;
}

const nothing = (): void => undefined;

export class Upload extends Transfer {
  readonly #parts: Part[];
  #choice: Choice | null = null;
  #chosen: () => void = nothing;
  #current: Part | null = null;
  #before = 0; // bytes of the parts that are over
  #reasons: string[] = [];
  #finished: () => void = nothing;

  /** @param to the folder that is shown, below the session's */
  constructor(
    items: Item[],
    private readonly to: string[],
    place: Place,
  ) {
    const first = items[0]!;
    super(
      items.length === 1 ? first.path.at(-1)! : `${items.length.toLocaleString("en-US")} files`,
      "to",
      place,
    );
    this.#parts = items.map((item, n) => ({
      ...item,
      n: n + 1,
      state: "waiting",
      tried: false,
      on: "ask",
      size: item.file?.size ?? 0,
      sent: 0,
      settled: nothing,
      answered: nothing,
    }));
    this.total = this.#parts.reduce((sum, part) => sum + part.size, 0);
  }

  override get done(): number {
    const under = (this.#current?.sent ?? 0) - (this.link?.backlog ?? 0);
    return Math.min(this.#before + Math.max(under, 0), this.total ?? 0);
  }

  /** How many files are there already, and wait for an answer. */
  get conflicts(): number {
    return this.#in("asked").length;
  }

  choose(choice: Choice): void {
    this.#choice = choice;
    this.phase = "running";
    for (const part of this.#in("asked")) part.state = "waiting";
    this.#chosen();
  }

  override cancel(): void {
    if (this.isOver) return;
    super.cancel();
    this.#drop();
  }

  protected override async work(link: Link): Promise<void> {
    link.send({ op: "put" });
    for (const part of this.#in("sent")) part.state = "waiting";
    for (;;) {
      for (const part of this.#in("waiting")) {
        if (part.state === "waiting") await this.#send(link, part);
        if (this.isOver) return;
      }
      await Promise.all(
        this.#in("sent").map((part) => new Promise<void>((resolve) => (part.settled = resolve))),
      );
      if (this.#in("waiting").length) continue;
      if (!this.#in("asked").length) break;
      this.phase = "asking";
      this.say("");
      await new Promise<void>((resolve) => (this.#chosen = resolve));
      if (this.isOver) return;
    }
    link.send({ op: "end" });
    await new Promise<void>((resolve) => (this.#finished = resolve));
    link.close();
    this.#summarize();
  }

  protected override onAnswer(answer: Answer): void {
    if (answer.type === "end") return this.#finished();
    const part = this.#parts[answer.n - 1];
    if (!part || part.state !== "sent") return;
    if (answer.type === "have") return part.answered(answer);
    if (answer.type === "done") this.#settle(part, "done");
    else if (answer.code === "exists" && part.on === "ask")
      this.#settle(part, this.#choice ? "waiting" : "asked");
    else if (answer.code === "skipped") this.#settle(part, "skipped");
    else if (answer.type === "failed") {
      this.#fail(part, why(answer, this.account));
      // The others need room as well.
      if (answer.code === "full") this.#giveUp();
    }
  }

  protected override onLost(_: Lost): void {
    for (const part of this.#in("sent")) part.answered(null);
  }

  #in(...states: Part["state"][]): Part[] {
    return this.#parts.filter((part) => states.includes(part.state));
  }

  #settle(part: Part, state: Part["state"]): void {
    part.state = state;
    if (state !== "asked" && state !== "waiting") this.#before += part.size;
    if (this.#current === part) this.#current = null;
    part.answered(null);
    part.settled();
    this.place.changed();
  }

  #fail(part: Part, reason: string): void {
    this.#reasons.push(`${visible(part.path.at(-1)!)}: ${reason}`);
    this.#settle(part, "failed");
  }

  #about(part: Part): Record<string, unknown> {
    const { file, n, path, size } = part;
    return { n, path: [...this.to, ...path], size, modified: file?.lastModified ?? 0 };
  }

  /** Sends a file; a small one's answer comes while others are sent. */
  async #send(link: Link, part: Part): Promise<void> {
    const { file } = part;
    part.state = "sent";
    if (!file) {
      link.send({ op: "folder", ...this.#about(part) });
      return;
    }
    const fresh = !part.tried && part.size <= SMALL;
    part.tried = true;
    part.sent = 0;
    this.#current = part;
    const on = (part.on = this.#choice ?? "ask");
    const answer = new Promise<Answer | null>((resolve) => (part.answered = resolve));
    const settled = new Promise<void>((resolve) => (part.settled = resolve));
    link.send({ op: "file", ...this.#about(part), on, at: fresh ? 0 : null });
    try {
      if (!fresh) {
        const have = await answer;
        if (!have || part.state !== "sent") return;
        if (have.at) this.say("Comparing with what has arrived already.");
        part.sent = await matching(file, have, (bytes) => {
          part.sent = bytes;
          this.place.changed();
        });
        this.say("");
        link.send({ op: "from", at: part.sent });
      }
      while (part.sent < part.size && part.state === "sent" && !this.isOver) {
        await this.unpaused();
        await link.room();
        const end = Math.min(part.sent + PIECE, part.size);
        const bytes = await file.slice(part.sent, end).arrayBuffer();
        // Nothing of it may go into the next file's stream.
        if (part.state !== "sent" || this.isOver || link !== this.link) return;
        link.sendData(new Uint8Array(bytes));
        part.sent = end;
        this.place.changed();
      }
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      link.send({ op: "drop", ...this.#about(part) });
      this.#fail(part, "It cannot be read any more: it was changed or removed on your computer.");
    }
    if (!fresh && part.state === "sent") await settled;
  }

  /** Removes what has come of files that were on their way. */
  #drop(): void {
    const begun = this.#in("sent", "waiting", "asked").filter((part) => part.tried);
    const drops = begun.map((part) => ({ op: "drop", ...this.#about(part) }));
    if (begun.length) this.tell([{ op: "put" }, ...drops, { op: "end" }]);
  }

  #giveUp(): void {
    this.#summarize();
    this.link?.close();
    this.#drop();
  }

  #summarize(): void {
    const failed = this.#in("failed", "waiting", "sent", "asked").length;
    const skipped = this.#in("skipped").length;
    const came = this.#in("done").filter((part) => part.file).length;
    if (failed) {
      const more =
        this.#reasons.length > REASONS ? ` And ${this.#reasons.length - REASONS} more.` : "";
      const of = this.#parts.length > 1 ? `${failed} did not arrive. ` : "";
      this.end("failed", of + this.#reasons.slice(0, REASONS).join(" ") + more);
      return;
    }
    const files = came === 1 ? "1 file" : `${came.toLocaleString("en-US")} files`;
    const passed = skipped ? `, ${skipped} skipped` : "";
    this.end("done", `${files} arrived${passed}, ${size(this.total ?? 0)}`);
  }
}
