import { afterEach, beforeEach, vi } from "vitest";
import { FakeModel } from "../harness/fake";
import { state, traits } from "../harness/states";
import session from "../src/card/connected/entry";
import card from "../src/card/entry";
import type { Clock } from "../src/dom/clock";

type Content = Record<string, unknown>;
type Render = (view: { model: FakeModel; el: HTMLElement }) => () => void;

/** What the page keeps, by the names that the harness's kernel gives. */
export const bundles = (
  globalThis as unknown as { colabwidgetBundles: Record<string, Promise<unknown>> }
).colabwidgetBundles;
bundles.session = Promise.resolve(session);

/** The card as it is drawn once a page has its bundle. */
const drawCard: Render = ({ model, el }) => card({ model, el, waits: false, early: [] });

/** Lets all that was put off to the end of this turn happen. */
export const turn = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** One view as a user has it before the eyes. */
export class Page {
  readonly el: HTMLElement;
  readonly close: () => void;

  constructor(
    readonly model: FakeModel,
    render: Render = drawCard,
    place: Node = document.body,
  ) {
    this.el = place.appendChild(document.createElement("div"));
    this.close = render({ model, el: this.el });
  }

  /** The part with that test id, or null. */
  find<T extends HTMLElement = HTMLElement>(id: string): T | null {
    return this.el.querySelector<T>(`[data-testid="${id}"]`);
  }

  /** The part with that test id. */
  get<T extends HTMLElement = HTMLElement>(id: string): T {
    const found = this.find<T>(id);
    if (!found) throw new Error(`nothing on show is called ${id}:\n${this.el.innerHTML}`);
    return found;
  }

  get text(): string {
    return this.el.textContent ?? "";
  }

  get phase(): string | undefined {
    return this.get("card").dataset.phase;
  }

  async say(...messages: Content[]): Promise<void> {
    for (const message of messages) this.model.say(message);
    await turn();
  }

  async click(id: string): Promise<void> {
    this.get(id).focus();
    this.get(id).click();
    await turn();
  }

  async type(id: string, text: string): Promise<void> {
    const field = this.get<HTMLInputElement>(id);
    field.focus();
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    await turn();
  }

  async press(id: string, key: string): Promise<void> {
    this.get(id).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await turn();
  }
}

const pages: Page[] = [];

/** A view whose kernel has said what `messages` say; by default that nothing is going on. */
export async function open(
  messages: Content[] = [state("idle")],
  more: Content = {},
  place: Node = document.body,
): Promise<Page> {
  const page = new Page(new FakeModel(traits(more)), drawCard, place);
  pages.push(page);
  await page.say(...messages);
  return page;
}

export function closeAll(): void {
  for (const page of pages.splice(0)) {
    page.close();
    page.el.remove();
  }
}

/** A clock that stands still until it is told to go on. */
export class TestClock implements Clock {
  private time = 1_000_000;
  private waits: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, action: () => void): () => void {
    const wait = { at: this.time + ms, action };
    this.waits.push(wait);
    return () => {
      this.waits = this.waits.filter((each) => each !== wait);
    };
  }

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.waits.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = next.at;
      this.waits = this.waits.filter((each) => each !== next);
      next.action();
    }
    this.time = end;
  }

  /** Time goes on, and what was due meanwhile is done at the end: the computer slept. */
  sleep(ms: number): void {
    this.time += ms;
    const due = this.waits.filter(({ at }) => at <= this.time);
    this.waits = this.waits.filter(({ at }) => at > this.time);
    for (const { action } of due) action();
  }

  get waiting(): number {
    return this.waits.length;
  }
}

/** A clipboard that takes what is put there. */
export function clipboard(): { text: () => string } {
  let text = "";
  vi.stubGlobal("navigator", {
    clipboard: {
      writeText: async (given: string) => {
        text = given;
      },
    },
  });
  return { text: () => text };
}

/** What the kernel answers to the page's last message of a type. */
export const answer = (page: Page, type: string, error: Content | null): Content => ({
  last_reply: { request: page.model.last(type)?.request, error },
});

/** Every test of a file has a clock of its own, and leaves no page behind. */
export function useTestTime(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
  afterEach(() => {
    closeAll();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
