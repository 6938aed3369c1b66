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
