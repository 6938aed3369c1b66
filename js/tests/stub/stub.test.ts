import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { CARD, log, state, traits } from "../../harness/states";
import { bundles } from "../../src/stub/bundles";
import stub from "../../src/stub/stub";
import type { Bundle } from "../../src/wire/bytes";

const { hash } = CARD;
const DIFFERENT = "This page and its kernel have different versions. Run this cell again.";

/** A bundle that draws a word; `module` is its text, as a kernel has it. */
const module = `export default ({ el, early }) => {
  el.append(Object.assign(document.createElement("b"), { textContent: "drawn", early }));
  return () => undefined;
}`;
const address = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

let model: FakeModel;
let el: HTMLElement;
let ends: (() => void)[] = [];
let packed: ArrayBuffer;
let imported: ReturnType<typeof vi.fn<() => string>>;

const asked = (): unknown[] => model.sent.filter(({ type }) => type === "bundle");
const note = (): string | null | undefined => el.querySelector("p")?.textContent;
const drawn = (): number => el.querySelectorAll("b").length;
const answer = (name: unknown = hash, bytes: unknown = [packed]): void =>
  model.emit("msg:custom", { type: "bundle", bundle: name }, bytes);
/** Lets streams and imports come to an end; they wait for no timer. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    await Promise.allSettled(Object.values(bundles));
    await new Promise((done) => setImmediate(done));
  }
};

declare function setImmediate(action: (value?: unknown) => void): void;

function show(on = model): HTMLElement {
  const place = document.body.appendChild(document.createElement("div"));
  ends.push(stub.render({ model: on, el: place }));
  return place;
}

beforeEach(async () => {
  const stream = new Blob([module]).stream().pipeThrough(new CompressionStream("gzip"));
  packed = await new Response(stream).arrayBuffer();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  for (const each of Object.keys(bundles)) delete bundles[each];
  imported = vi.fn(() => address(module));
  vi.spyOn(URL, "createObjectURL").mockImplementation(imported);
  model = new FakeModel(traits());
  el = show();
});

afterEach(() => {
  for (const end of ends) end();
  ends = [];
  expect(vi.getTimerCount()).toBe(0);
  expect(model.listening).toBe(0);
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("the bundle", () => {
  it("is asked for once its time has passed, and is drawn", async () => {
    expect(note()).toBe("Loading");
    expect(asked()).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(asked()).toEqual([{ type: "bundle", bundle: hash }]);
    answer();
    await settled();
    expect(drawn()).toBe(1);
    expect(note()).toBeUndefined();
    vi.advanceTimersByTime(600_000);
    expect(asked()).toHaveLength(1);
  });

  it("is asked for again where question or answer was lost", async () => {
    vi.advanceTimersByTime(10_000);
    expect(asked()).toHaveLength(3);
    answer();
    await settled();
    expect(drawn()).toBe(1);
    vi.advanceTimersByTime(600_000);
    expect(asked()).toHaveLength(3);
  });

  it("may come twice, and unasked", async () => {
    answer();
    answer();
    await settled();
    answer();
    await settled();
    expect(drawn()).toBe(1);
    expect(imported).toHaveBeenCalledTimes(1);
    expect(asked()).toEqual([]);
  });

  it("may come before there is a view", async () => {
    const early = new FakeModel(traits());
    const end = stub.initialize({ model: early });
    early.emit("msg:custom", { type: "bundle", bundle: hash }, [packed]);
    await settled();
    const place = show(early);
    await settled();
    expect(place.querySelector("b")).not.toBeNull();
    expect(early.sent).toEqual([]);
    end();
    // A model that is initialized again listens once.
    stub.initialize({ model: early })();
    ends.pop()?.();
    expect(early.listening).toBe(0);
  });

  it("is heard of before there is a view, so that a kernel knows that this page draws", () => {
    const early = new FakeModel(traits());
    const end = stub.initialize({ model: early });
    vi.advanceTimersByTime(1900);
    expect(early.sent).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(early.sent).toEqual([{ type: "here" }]);
    end();
    expect(el.classList.contains("colabwidget-drawn")).toBe(true);
  });

  it("is heard of at once where the kernel shows its first widget", () => {
    const first = new FakeModel(traits({ _bundle: { ...CARD, first: true } }));
    const end = stub.initialize({ model: first });
    expect(first.sent).toEqual([{ type: "here" }]);
    vi.advanceTimersByTime(5000);
    expect(first.sent).toHaveLength(1);
    end();
    // A model whose kernel is gone.
    first.send = () => {
      throw new Error("closed");
    };
    stub.initialize({ model: first })();
  });

  it("is shared by the views and the widgets of a page", async () => {
    const others = [show(), show(new FakeModel(traits()))];
    answer();
    await settled();
    // The other model has heard nothing: it looks when it would ask.
    vi.advanceTimersByTime(100);
    await settled();
    expect([el, ...others].map((each) => each.querySelector("b")?.textContent)).toEqual(
      Array(3).fill("drawn"),
    );
    const last = show(new FakeModel(traits()));
    await settled();
    expect(last.querySelector("b")).not.toBeNull();
    expect(imported).toHaveBeenCalledTimes(1);
  });

  it("gets what the kernel has said meanwhile", async () => {
    model.say(state("idle"));
    model.say(log(["a"]));
    answer();
    await settled();
    const { early } = el.querySelector("b") as unknown as { early: [{ type: string }][] };
    expect(early.map(([{ type }]) => type)).toEqual(["state", "log", "bundle"]);
  });

  it("is kept from growing by what the kernel says meanwhile", async () => {
    for (let i = 0; i < 1000; i++) model.say(log([`${i}`]));
    answer();
    await settled();
    const { early } = el.querySelector("b") as unknown as { early: unknown[] };
    expect(early).toHaveLength(20);
    expect(early[18]).toMatchObject([{ text: "999" }, []]);
  });

  it("is drawn anew where the kernel names another one", async () => {
    answer();
    await settled();
    const close = vi.fn();
    bundles["newer"] = Promise.resolve(({ el }) => {
      el.append("newer");
      return close;
    });
    model.set("_bundle", { ...CARD, hash: "newer" });
    await settled();
    expect(el.textContent).toBe("newer");
    ends.pop()?.();
    expect(close).toHaveBeenCalledTimes(1);
    expect(el.childNodes).toHaveLength(0);
  });

  it("is nothing to a view that is closed", async () => {
    const draw = vi.fn<Bundle>();
    bundles[hash] = Promise.resolve(draw);
    const place = show();
    ends.pop()?.();
    answer();
    await settled();
    expect(draw).toHaveBeenCalledTimes(1); // by the other view
    expect(place.childNodes).toHaveLength(0);
  });

  it("is asked for by a view that knows no name, in two steps", async () => {
    const plain = new FakeModel({});
    const place = show(plain);
    expect(plain.sent).toEqual([{ type: "ready", page: expect.any(String) }]);
    plain.emit("msg:custom", { type: "hello", bundle: "terminal", waits: true }, []);
    expect(plain.sent.at(-1)).toEqual({ type: "bundle", bundle: "terminal" });
    plain.emit("msg:custom", { type: "bundle", bundle: "terminal" }, [packed]);
    await settled();
    expect(place.textContent).toBe("drawn");
  });
});

describe("a view without its bundle", () => {
  it("says what to do where no kernel answers, and recovers", async () => {
    vi.advanceTimersByTime(4000);
    expect(note()).toBe("Run this cell to connect.");
    expect(el.querySelector("p")?.dataset.testid).toBe("dead");
    model.say(state("idle"));
    expect(note()).toBe("Loading");
    answer();
    await settled();
    expect(drawn()).toBe(1);
  });

  it("says so of a terminal or a desktop", () => {
    const place = show(new FakeModel({ _bundle: { ...CARD, name: "terminal" } }));
    vi.advanceTimersByTime(4000);
    expect(place.textContent).toBe("Run this cell to open it.");
  });

  it("says what to do where the kernel has none, and welcomes it late", async () => {
    model.say(state("idle"));
    vi.advanceTimersByTime(600_000);
    expect(note()).toBe(DIFFERENT);
    answer();
    await settled();
    expect(drawn()).toBe(1);
  });

  it.each([
    ["the page forbids it", () => address("throw new Error('CSP')")],
    ["it is no function", () => address("export default 3")],
    ["it breaks", () => address("export default () => { throw new Error('x') }")],
  ])("says what to do where %s", async (_, broken) => {
    imported.mockImplementation(broken);
    answer();
    await settled();
    expect(note()).toContain("colabwidget.disconnect()");
    vi.advanceTimersByTime(600_000);
    expect(asked()).toEqual([]);
  });

  it("says what to do where the page allows no such address", async () => {
    imported.mockImplementation(() => {
      throw new Error("forbidden");
    });
    answer();
    await settled();
    expect(note()).toContain("colabwidget.disconnect()");
    expect(bundles[hash]).toBeUndefined();
  });

  it.each([[null], [3], ["x"], [{}], [{ type: "bundle", bundle: 3 }], [{ type: "bundle" }]])(
    "takes no garbage for it: %j",
    async (content) => {
      model.emit("msg:custom", content, [packed]);
      model.emit("msg:custom", { type: "bundle", bundle: hash }, "garbage");
      model.emit("msg:custom", { type: "bundle", bundle: hash }, []);
      await settled();
      expect(drawn()).toBe(0);
      expect(note()).toBe("Loading");
      expect(bundles).toEqual({});
    },
  );

  it("outlives a model that sends nothing any more", () => {
    vi.spyOn(model, "send").mockImplementation(() => {
      throw new Error("gone");
    });
    vi.advanceTimersByTime(4000);
    expect(note()).toBe("Run this cell to connect.");
  });
});
