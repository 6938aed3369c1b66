import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { keysymOf } from "../../src/desktop/keysyms";
import { Channel, type Listener } from "../../src/viewer/channel";
import { bytesOf } from "../../src/wire/bytes";
import type { Model } from "../../src/wire/model";

type Message = Record<string, unknown> & { bytes?: Uint8Array };
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** A model whose messages are kept, and a view that takes what it is given when sentMessages to. */
function setUp() {
  const sentMessages: Message[] = [];
  const hooks: ((content: unknown, buffers: unknown) => void)[] = [];
  const model: Model = {
    get: () => undefined,
    set: () => undefined,
    save_changes: () => undefined,
    send: (content, _, buffers) =>
      void sentMessages.push({
        ...(content as Message),
        ...(buffers ? { bytes: new Uint8Array(buffers[0]!) } : {}),
      }),
    on: (_, hook) => void hooks.push(hook as (typeof hooks)[number]),
    off: (_, hook) => void hooks.splice(hooks.indexOf(hook as (typeof hooks)[number]), 1),
  };
  const events: unknown[] = [];
  const undrawn: (() => void)[] = [];
  let shown = "";
  const listener: Listener = {
    opened: (old) => events.push(["opened", old]),
    data(data, done) {
      shown += text(data);
      undrawn.push(done);
    },
    closed: (reason) => events.push(["closed", reason]),
    waiting: (waits) => events.push(["waiting", waits]),
    patience: 1000,
  };
  const channel = new Channel(model, listener, { columns: 80 });
  const receive = (content: Message, data?: Uint8Array): void => {
    for (const hook of [...hooks])
      hook({ stream: channel.name, ...content }, data ? [new DataView(data.slice().buffer)] : []);
  };
  const open = (): void => receive({ type: "opened", old: 3 });
  const drawAll = (): void => undrawn.splice(0).forEach((done) => done());
  const sent = (type: string): Message[] => sentMessages.filter((one) => one.type === type);
  return { channel, receive, open, drawAll, sent, sentMessages, events, shown: () => shown };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("A stream", () => {
  test("is asked for until it is open, and not after", () => {
    const { open, sent, events } = setUp();
    vi.advanceTimersByTime(4000);
    expect(sent("open").length).toBe(3);
    open();
    open();
    vi.advanceTimersByTime(10_000);
    expect(sent("open").length).toBe(3);
    expect(events).toEqual([["opened", 3]]);
  });

  test("shows bytes once and in order, and asks for what is missing", () => {
    const { receive, open, sent, shown } = setUp();
    open();
    receive({ type: "data", at: 0 }, bytes("one "));
    receive({ type: "data", at: 8 }, bytes("three"));
    expect(sent("took").at(-1)).toMatchObject({ at: 4, again: true });
    receive({ type: "data", at: 0 }, bytes("one two "));
    receive({ type: "data", at: 4 }, bytes("two "));
    receive({ type: "data", at: 8 }, bytes("three"));
    expect(shown()).toBe("one two three");
  });

  test("asks again where the answer is lost as well", () => {
    const { receive, open, sent } = setUp();
    open();
    receive({ type: "data", at: 5 }, bytes("late"));
    vi.advanceTimersByTime(2000);
    expect(sent("took").filter((one) => one.again).length).toBeGreaterThan(2);
  });

  test("says what was drawn, not what came", () => {
    const { receive, open, drawAll, sent } = setUp();
    open();
    receive({ type: "data", at: 0 }, new Uint8Array(400_000));
    vi.advanceTimersByTime(1000);
    expect(sent("took")).toEqual([]);
    drawAll();
    expect(sent("took").at(-1)).toMatchObject({ at: 400_000 });
  });

  test("sends what is typed at once in one message, and again until it is taken", async () => {
    const { channel, receive, open, sent, events } = setUp();
    open();
    for (const letter of "echo") channel.send(bytes(letter));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent("data").map((one) => [one.at, text(one.bytes!)])).toEqual([[0, "echo"]]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent("data").length).toBe(2);
    expect(events.at(-1)).toEqual(["waiting", true]);
    receive({ type: "took", at: 4 });
    expect(events.at(-1)).toEqual(["waiting", false]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent("data").length).toBe(2);
  });

  test("keeps a large paste until the kernel has taken its first part", async () => {
    const { channel, receive, open, sent } = setUp();
    open();
    channel.send(new Uint8Array(1_000_000));
    await vi.advanceTimersByTimeAsync(0);
    const under = (): number =>
      sent("data").reduce((end, one) => Math.max(end, (one.at as number) + one.bytes!.length), 0);
    expect(under()).toBeLessThanOrEqual(256 * 1024);
    receive({ type: "took", at: under() });
    await vi.advanceTimersByTimeAsync(0);
    expect(under()).toBeGreaterThan(256 * 1024);
  });

  test("lets what may wait come along with the next", async () => {
    const { channel, open, sent } = setUp();
    open();
    await vi.advanceTimersByTimeAsync(0);
    channel.send(bytes("b"), true);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent("data")).toEqual([]);
    channel.send(bytes("a"));
    await vi.advanceTimersByTimeAsync(0);
    expect(text(sent("data")[0]!.bytes!)).toBe("ba");
    channel.send(bytes("c"), true);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent("data").length).toBe(2);
  });

  test("is over once, and hears nothing of others", () => {
    const { channel, receive, open, sent, events } = setUp();
    open();
    receive({ type: "closed", reason: "ended", stream: "another" });
    expect(events).toEqual([["opened", 3]]);
    receive({ type: "closed", reason: "ended" });
    receive({ type: "closed", reason: "ended" });
    channel.send(bytes("x"));
    channel.close();
    expect(events.at(-1)).toEqual(["closed", "ended"]);
    expect(sent("close")).toEqual([]);
  });
});

test("Bytes are the same in DataViews and arrays, whole or in parts", () => {
  const data = bytes("..hello");
  const view = new DataView(data.buffer, 2, 5);
  expect(text(bytesOf([view]))).toBe("hello");
  expect(text(bytesOf([data.subarray(2)]))).toBe("hello");
  expect(text(bytesOf([view, data.subarray(0, 2)]))).toBe("hello..");
  expect(bytesOf(undefined).length).toBe(0);
});

test("Letters are keysyms of X11", () => {
  expect(["a", "é", "\n", "я", "😀"].map(keysymOf)).toEqual([
    0x61, 0xe9, 0xff0d, 0x0100044f, 0x0101f600,
  ]);
});
