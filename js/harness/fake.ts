/** A model without a kernel: what a kernel would say is said by the states below. */
import type { Model } from "../src/wire/model";
import { joinPrivate, splitPrivate } from "../src/wire/private";

type Content = Record<string, unknown>;

export class FakeModel implements Model {
  /** With the fields that travel in buffers. */
  readonly sent: Content[] = [];
  /** What a log of messages would print. */
  logged = "";
  saves = 0;
  private readonly listeners = new Map<string, Set<(...args: unknown[]) => void>>();
  private serial = 0;

  constructor(readonly traits: Content) {}

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }

  save_changes(): void {
    this.saves += 1;
  }

  /** Those of the last message that was sent with some. */
  callbacks: unknown;

  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void {
    this.callbacks = callbacks ?? this.callbacks;
    // As marimo does.
    if (callbacks !== undefined) (callbacks as () => void)();
    this.logged += JSON.stringify(content);
    this.sent.push(structuredClone(joinPrivate(content, buffers)) as Content);
    const { type, kind, content: inner } = content as Content;
    // What is shown inside the card is here by the name of its kind.
    if (type !== "inside" || (inner as Content).type !== "ready") return;
    const hello = { type: "hello", bundle: kind, waits: false };
    queueMicrotask(() => this.emit("msg:custom", { type, kind, content: hello }, []));
  }

  on(event: string, callback: (...args: unknown[]) => void): void {
    const callbacks = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, callbacks.add(callback));
  }

  off(event: string, callback: (...args: unknown[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  emit(event: string, ...args: unknown[]): void {
    for (const callback of [...(this.listeners.get(event) ?? [])]) callback(...args);
  }

  /** Says `content` as the kernel would; the serial number is given unless it is there. */
  say(content: Content): void {
    this.serial += 1;
    // Details are for the view that asks, and here there is one.
    const view = content.type === "details" ? { view: this.last("ready")?.view } : {};
    const [told, buffers] = splitPrivate({ serial: this.serial, ...view, ...content });
    this.emit("msg:custom", told, buffers ?? []);
  }

  get listening(): number {
    return [...this.listeners.values()].reduce((sum, each) => sum + each.size, 0);
  }

  last(type: string): Content | undefined {
    return this.sent.findLast((each) => each.type === type);
  }
}
