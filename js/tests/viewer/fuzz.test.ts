import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { Channel, type Listener } from "../../src/viewer/channel";
import { harmless, linesOf } from "../../src/viewer/pasted";
import { anything, CORPUS, parsed, text } from "../made-up";

const RUNS = { numRuns: 2000 };
/** C0 but for tabs and line ends, DEL, and C1. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

function isHarmless(pasted: string): void {
  const clean = harmless(pasted);
  expect(clean).not.toMatch(CONTROLS);
  expect(harmless(clean)).toBe(clean);
  // Each letter is itself or its picture, so that nothing moves.
  expect(clean.length).toBe(pasted.length);
  for (let i = 0; i < pasted.length; i++)
    if (!CONTROLS.test(pasted[i]!)) expect(clean[i]).toBe(pasted[i]);
  expect(linesOf(clean)).toBe(linesOf(pasted));
}

describe("whatever is pasted", () => {
  it("is harmless, and else the same", () => {
    fc.assert(fc.property(text(), isHarmless), RUNS);
  });

  it.each(CORPUS)("is harmless, and else the same: %s", (_, pasted) => isHarmless(pasted));
});

/** A channel, and what its view is told. */
function setUp() {
  const model = new FakeModel({});
  const told: unknown[][] = [];
  let shown = "";
  const listener: Listener = {
    opened: (old) => told.push(["opened", old]),
    data(data, done) {
      shown += new TextDecoder("latin1").decode(data);
      done();
    },
    closed: (reason, error) => told.push(["closed", reason, error]),
    progress: (said, share) => told.push(["progress", said, share]),
    waiting: (waits) => told.push(["waiting", waits]),
    patience: 1000,
  };
  const channel = new Channel(model, listener);
  const receive = (content: object, ...buffers: unknown[]): void =>
    model.emit("msg:custom", { ...content, stream: channel.name }, buffers);
  return { channel, receive, told, model, shown: () => shown };
}

/** A view is told numbers and texts, never anything else. */
function isTold(told: unknown[][]): void {
  for (const [event, value, more] of told) {
    const wanted = { opened: "number", closed: "string", progress: "string", waiting: "boolean" };
    expect(typeof value).toBe(wanted[event as keyof typeof wanted]);
    if (event === "progress") expect(more === null || typeof more === "number").toBe(true);
    if (event === "closed" && more)
      for (const part of Object.values(more)) expect(typeof part).toBe("string");
  }
}

const KINDS = ["opened", "data", "took", "progress", "busy", "failed", "closed", "hello"];
const about = (): fc.Arbitrary<object> =>
  fc.record(
    {
      type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...KINDS) }, anything()),
      at: anything(),
      took: anything(),
      old: anything(),
      reason: anything(),
      text: anything(),
      share: anything(),
      error: anything(),
    },
    { requiredKeys: ["type"] },
  );

describe("a stream", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("takes whatever is said about it", () => {
    const part = fc.oneof(fc.uint8Array(), anything());
    fc.assert(
      fc.property(fc.array(fc.tuple(about(), part), { maxLength: 12 }), (said) => {
        const { channel, receive, told, model } = setUp();
        channel.send(new Uint8Array(10));
        for (const [content, buffer] of said) receive(content, buffer);
        vi.advanceTimersByTime(1000);
        isTold(told);
        for (const { at } of model.sent) if (at !== undefined) expect(at).toBeGreaterThanOrEqual(0);
        channel.close();
      }),
      RUNS,
    );
  });

  it.each(CORPUS)("takes whatever is said about it: %s", (_, said) => {
    const { channel, receive, told } = setUp();
    const content = parsed(said);
    for (const type of ["opened", "data"]) receive({ type });
    receive(typeof content === "object" ? { ...content } : {}, new TextEncoder().encode(said));
    isTold(told);
    channel.close();
  });

  it("shows every byte once and in order, however its messages are lost, repeated and mixed", () => {
    const piece = fc.tuple(fc.nat(40), fc.nat(12));
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.array(piece, { maxLength: 40 }), (out, sent) => {
        const whole = Uint8Array.from(out, (letter) => letter.charCodeAt(0) & 0x7f);
        const { channel, receive, shown } = setUp();
        receive({ type: "opened", old: 0 });
        for (const [from, length] of sent) {
          const at = Math.min(from, whole.length);
          receive({ type: "data", at }, whole.slice(at, at + length));
          expect(new TextDecoder("latin1").decode(whole).startsWith(shown())).toBe(true);
        }
        receive({ type: "data", at: 0 }, whole);
        expect(shown()).toBe(new TextDecoder("latin1").decode(whole));
        channel.close();
      }),
      RUNS,
    );
  });
});
