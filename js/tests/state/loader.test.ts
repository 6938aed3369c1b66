import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { state, STEPS, traits } from "../../harness/states";
import parts from "../../src/card/parts";
import { HASH, loaded, type Loader, openLoader } from "../../src/state/loader";
import { Page, TestClock, turn } from "../support";

const TEXT = "what the kernel has";

let clock: TestClock;
let ask: ReturnType<typeof vi.fn<() => void>>;
let done: ReturnType<typeof vi.fn<(...all: unknown[]) => void>>;
let run: ReturnType<typeof vi.fn<(text: string) => Promise<unknown>>>;
let loader: Loader;

const open = (): Loader => openLoader(clock, ask, done, run);
const answer = (hash = HASH) => ({ type: "part" as const, serial: 1, hash, text: TEXT });

beforeEach(() => {
  delete loaded[HASH];
  clock = new TestClock();
  ask = vi.fn<() => void>();
  done = vi.fn<(...all: unknown[]) => void>();
  run = vi.fn(async () => () => parts);
  loader = open();
});

afterEach(() => {
  loaded[HASH] = () => parts;
});

describe("the second module", () => {
  it("is asked for once the kernel has spoken, and is there", async () => {
    clock.pass(60_000);
    expect(ask).not.toHaveBeenCalled();
    loader.want();
    loader.want();
    clock.pass(0);
    expect(ask).toHaveBeenCalledTimes(1);
    loader.take(answer());
    await turn();
    expect(run).toHaveBeenCalledExactlyOnceWith(TEXT);
    expect(done).toHaveBeenCalledExactlyOnceWith(parts, undefined);
    expect(clock.waiting).toBe(0);
  });

  it("is asked for again where question or answer was lost", async () => {
    loader.want();
    clock.pass(10_000);
    expect(ask).toHaveBeenCalledTimes(3);
    loader.take(answer());
    await turn();
    expect(done).toHaveBeenCalledExactlyOnceWith(parts, undefined);
    clock.pass(600_000);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it("may come twice, and unasked", async () => {
    loader.take(answer());
    loader.take(answer());
    await turn();
    loader.take(answer());
    await turn();
    expect(done).toHaveBeenCalledTimes(1);
    expect(run.mock.calls.length).toBeLessThan(3);
  });

  it("is shared by the widgets of a page", async () => {
    const others = vi.fn();
    const other = openLoader(clock, ask, others, run);
    loader.want();
    other.want();
    clock.pass(0);
    loader.take(answer());
    await turn();
    clock.pass(2000);
    expect(others).toHaveBeenCalledExactlyOnceWith(parts, undefined);
    expect(run).toHaveBeenCalledTimes(1);
    ask.mockClear();
    open().want();
    expect(done).toHaveBeenCalledTimes(2);
    clock.pass(60_000);
    expect(ask).not.toHaveBeenCalled();
  });

  it("is not run where it belongs to another version", async () => {
    loader.want();
    loader.take(answer("of another version"));
    await turn();
    expect(run).not.toHaveBeenCalled();
    expect(done).toHaveBeenCalledExactlyOnceWith(null, "other");
    loader.want();
    clock.pass(600_000);
    expect(ask).not.toHaveBeenCalled();
  });

  it.each([
    ["the page forbids it", () => Promise.reject(new Error("CSP"))],
    ["it is no function", () => Promise.resolve(3)],
    [
      "it breaks",
      () =>
        Promise.resolve(() => {
          throw new Error("x");
        }),
    ],
  ])("is missed where %s", async (_, broken) => {
    run = vi.fn<(text: string) => Promise<unknown>>(broken);
    loader = open();
    loader.want();
    loader.take(answer());
    await turn();
    expect(done).toHaveBeenCalledExactlyOnceWith(null, "forbidden");
    expect(loaded[HASH]).toBeUndefined();
    clock.pass(600_000);
    expect(ask).not.toHaveBeenCalled();
  });

  it("is missed where a kernel knows nothing of it, and welcome when it comes late", async () => {
    loader.want();
    clock.pass(600_000);
    expect(done).toHaveBeenCalledWith(null, "other");
    loader.take(answer());
    await turn();
    expect(done).toHaveBeenLastCalledWith(parts, undefined);
  });

  it("is nothing to a view that is closed", async () => {
    loader.want();
    loader.take(answer());
    loader.close();
    await turn();
    loader.take(answer());
    clock.pass(600_000);
    expect(done).not.toHaveBeenCalled();
    expect(ask).not.toHaveBeenCalled();
  });
});

describe("the card without its second module", () => {
  const working = state("working", { steps: STEPS });
  let page: Page;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    page = new Page(new FakeModel(traits()));
  });

  afterEach(() => {
    page.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("shows the form, asks, and says that it is loading", async () => {
    await page.say(state("idle"));
    expect(page.find("connect")).not.toBeNull();
    vi.advanceTimersByTime(0);
    expect(page.model.last("part")).toEqual({ type: "part", hash: HASH });
    await page.say(working);
    expect(page.get("loading").textContent).toBe("Loading");
    expect(page.text).toContain("Connecting");
    loaded[HASH] = () => parts;
    await page.say(working);
    expect(page.find("loading")).toBeNull();
    expect(page.find("cancel")).not.toBeNull();
  });

  it("says what to do where it is another version's", async () => {
    await page.say(working, { type: "part", hash: "another", text: TEXT });
    expect(page.get("loading").textContent).toContain("Run this cell again.");
  });

  it("says what to do where the page forbids it", async () => {
    vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
      throw new Error("forbidden");
    });
    await page.say(working, { type: "part", hash: HASH, text: TEXT });
    expect(page.get("loading").textContent).toContain("colabwidget.disconnect()");
    await page.say(state("idle"));
    expect(page.find("connect")).not.toBeNull();
  });

  it("takes no garbage for it", async () => {
    await page.say(working, { type: "part", hash: 3, text: [] });
    expect(page.get("loading").textContent).toContain("Run this cell again.");
  });
});
