import { describe, expect, it } from "vitest";
import { Log } from "../../src/state/log";

let serial = 0;

const message = (
  from: number,
  lines: string[],
  more: { epoch?: string; serial?: number } = {},
) => ({
  type: "log" as const,
  serial: ++serial,
  epoch: "e1",
  from,
  count: lines.length,
  end: from + lines.length,
  text: lines.join("\n"),
  ...more,
});

describe("the log", () => {
  it("takes lines in order", () => {
    const log = new Log();
    expect(log.append(message(0, ["a", "b"]))).toBe(true);
    expect(log.append(message(2, ["c"]))).toBe(true);
    expect(log.lines).toEqual(["a", "b", "c"]);
    expect(log.next).toBe(log.end);
  });

  it("keeps empty lines", () => {
    const log = new Log();
    log.append(message(0, ["", "a", ""]));
    expect(log.lines).toEqual(["", "a", ""]);
  });

  it("takes no line twice", () => {
    const log = new Log();
    const first = message(0, ["a", "b"]);
    log.append(first);
    expect(log.append(first)).toBe(false);
    expect(log.append(message(1, ["b", "c"]))).toBe(true);
    expect(log.lines).toEqual(["a", "b", "c"]);
  });

  it("shows a gap and takes nothing beyond it", () => {
    const log = new Log();
    log.append(message(0, ["a"]));
    expect(log.append(message(2, ["c"]))).toBe(false);
    expect(log.lines).toEqual(["a"]);
    expect([log.next, log.end]).toEqual([1, 3]);
    log.append(message(1, ["b", "c"]));
    expect(log.lines).toEqual(["a", "b", "c"]);
  });

  it("knows from a state how many lines there are", () => {
    const log = new Log();
    log.follow("e1", ++serial, 7);
    expect([log.next, log.end]).toEqual([0, 7]);
    log.follow("e1", ++serial, 5);
    expect(log.end).toBe(7);
  });

  it("begins anew with another backend", () => {
    const log = new Log();
    log.append(message(0, ["a"]));
    log.append(message(0, ["x", "y"], { epoch: "e2" }));
    expect(log.lines).toEqual(["x", "y"]);
  });

  it("leaves out what a past backend said", () => {
    const log = new Log();
    log.append(message(0, ["a"]));
    const late = message(1, ["b"]);
    log.append(message(0, ["x"], { epoch: "e2" }));
    expect(log.append(late)).toBe(false);
    expect(log.epoch).toBe("e2");
    expect(log.lines).toEqual(["x"]);
  });

  it("keeps the lines of a backend that is gone, until there is another one", () => {
    const log = new Log();
    log.append(message(0, ["a"]));
    log.follow("", ++serial, 0);
    expect(log.lines).toEqual(["a"]);
    log.follow("e2", ++serial, 0);
    expect(log.lines).toEqual([]);
  });

  it("leaves out a message whose text and count differ", () => {
    const log = new Log();
    expect(log.append({ ...message(0, ["a", "b"]), count: 3 })).toBe(false);
    expect(log.append({ ...message(0, ["a", "b"]), count: 0 })).toBe(false);
    expect(log.lines).toEqual([]);
  });

  it("shows one line for what the journal has cut while it overwrote itself", () => {
    const log = new Log();
    const bar = "50 %\r".repeat(4000).slice(0, 16_384);
    log.append(message(0, ["before", bar]));
    log.append(message(2, ["60 %\r".repeat(4000).slice(0, 16_384)]));
    expect(log.lines).toHaveLength(2);
    log.append(message(3, ["\r100 %", "after"]));
    expect(log.lines).toHaveLength(3);
    expect(log.lines[1]?.endsWith("\r100 %")).toBe(true);
    expect(log.lines[2]).toBe("after");
    expect([log.next, log.end]).toEqual([5, 5]);
    log.append(message(5, ["x".repeat(16_384)]));
    log.append(message(6, ["y"]));
    expect(log.lines.slice(3)).toEqual(["x".repeat(16_384), "y"]);
    log.append(message(7, [bar]));
    log.append(message(0, ["new"], { epoch: "e2" }));
    expect(log.lines).toEqual(["new"]);
    expect(log.next).toBe(1);
  });

  it("keeps lines that end as on Windows apart", () => {
    const log = new Log();
    log.append(message(0, ["a\r", "b\r"]));
    expect(log.lines).toEqual(["a\r", "b\r"]);
  });

  it("takes a hundred thousand lines at once", () => {
    const log = new Log();
    log.append(
      message(
        0,
        Array.from({ length: 100_000 }, (_, i) => `${i}`),
      ),
    );
    expect(log.lines.length).toBe(100_000);
    expect(log.lines.at(-1)).toBe("99999");
  });
});

describe("a session after another", () => {
  it("begins with its own first line", () => {
    const log = new Log();
    log.append(message(0, ["old 1", "old 2"]));
    log.append(message(2, ["old 3", "new 1"]));
    log.beginAt(3);
    expect([log.lines, log.next, log.end]).toEqual([[], 3, 4]);
    log.append(message(2, ["old 3", "new 1"]));
    expect(log.lines).toEqual(["new 1"]);
    log.beginAt(3);
    log.append(message(4, ["new 2"]));
    expect(log.lines).toEqual(["new 1", "new 2"]);
  });

  it("begins before its lines have come", () => {
    const log = new Log();
    log.append(message(0, ["old 1"]));
    log.beginAt(2);
    log.append(message(1, ["old 2", "new 1"]));
    expect(log.lines).toEqual(["new 1"]);
  });
});

describe("the time before a line", () => {
  it("stays where the line overwrites itself beyond its cut", () => {
    const log = new Log();
    const first = "20:31:07 " + "10%\r".padEnd(16_384 - 9, "x");
    log.append(message(0, [first, "\r100%"]));
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(/^20:31:07 x+\r100%$/);
  });
});
