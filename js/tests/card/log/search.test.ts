import { beforeEach, describe, expect, it, vi } from "vitest";
import { spans } from "../../../src/card/log/ansi";
import { Search } from "../../../src/card/log/search";
import { Log } from "../../../src/state/log";
import { TestClock } from "../../support";

let log: Log;
let clock: TestClock;
let search: Search;
let moved: ReturnType<typeof vi.fn<(line: number) => void>>;

function add(...lines: string[]): void {
  const { next: from } = log;
  const [text, count] = [lines.join("\n"), lines.length];
  log.append({ type: "log", serial: from + 1, epoch: "e", from, count, end: from + count, text });
  search.searchMore();
}

const look = (query: string, from = 0): void => {
  search.setQuery(query, from);
  clock.pass(100);
};

const marked = (line: string): string =>
  search
    .marks(spans(line))
    .map(({ text, mark }) => (mark ? `[${text}]` : text))
    .join("|");

beforeEach(() => {
  log = new Log();
  clock = new TestClock();
  moved = vi.fn<(line: number) => void>();
  search = new Search(log, clock, moved, () => undefined);
  add(
    "Setting up vim",
    "Setting up \x1b[1mNano\x1b[0m",
    "done",
    "10 \x1b[1m%\x1b[0m\rsetting 100 %",
  );
});

describe("a search of the log", () => {
  it("finds lines in upper and lower case, by what is on show", () => {
    look("SETTING");
    expect(search.found).toEqual([0, 1, 3]);
    look("up nano");
    expect(search.found).toEqual([1]);
    look("10 %\\r");
    expect(search.found).toEqual([3]);
    look("10 [");
    expect(search.found).toEqual([]);
    expect(search.whole).toBe(true);
    look("");
    expect([search.found, search.line]).toEqual([[], -1]);
  });

  it("takes every character as it is", () => {
    add("a.b (c) [d] \\e $1 ^* +? {2} |/-");
    for (const query of [".b", "(c)", "[d]", "\\e", "$1", "^*", "+?", "{2}", "|/", "/-"]) {
      look(query);
      expect(search.found, query).toEqual([4]);
    }
  });

  it("goes to the first one from what is on show on, then round and round", () => {
    look("setting", 1);
    expect(search.line).toBe(1);
    search.step(1);
    expect(search.line).toBe(3);
    search.step(1);
    expect(search.line).toBe(0);
    search.step(-1);
    expect(search.line).toBe(3);
    expect(moved.mock.calls.flat()).toEqual([1, 3, 0, 3]);
    look("vim", 2);
    expect(search.line).toBe(0);
    look("nowhere");
    search.step(1);
    expect(search.line).toBe(-1);
  });

  it("goes on with what comes, and stays where it is", () => {
    look("setting");
    add("nothing", "Setting up more");
    clock.pass(100);
    expect(search.found).toEqual([0, 1, 3, 5]);
    expect(search.line).toBe(0);
  });

  it("begins anew with another log", () => {
    look("setting");
    log.follow("other", 1000, 0);
    search.searchMore();
    expect(search.found).toEqual([]);
    log.append({
      type: "log",
      serial: 1001,
      epoch: "other",
      from: 0,
      count: 1,
      end: 1,
      text: "Setting",
    });
    search.searchMore();
    clock.pass(100);
    expect(search.found).toEqual([0]);
  });

  it("does a little at a time", () => {
    add(...Array.from({ length: 10_000 }, (_, i) => `line ${i}`));
    let time = 0;
    const slow = { now: () => (time += 5), after: clock.after.bind(clock) };
    let slices = 0;
    search = new Search(log, slow, moved, () => slices++);
    search.setQuery("9999", 0);
    expect(search.whole).toBe(false);
    clock.pass(0);
    expect(search.whole).toBe(true);
    expect(slices).toBeGreaterThan(30);
    expect(search.found).toEqual([10_003]);
  });

  it("is over when it is closed", () => {
    search.setQuery("setting", 0);
    search.close();
    expect(clock.waiting).toBe(0);
  });
});

describe("what was found", () => {
  it("is marked, every time, across colours", () => {
    look("an");
    expect(marked("banana An")).toBe("b|[an]|[an]|a |[An]");
    expect(marked("b\x1b[1ma\x1b[0mn")).toBe("b|[a]|[n]");
    expect(marked("none")).toBe("none");
    expect(marked("")).toBe("");
    look("aa");
    expect(marked("aaa")).toBe("[aa]|a");
    expect(search.marks(spans("\x1b[31mxaa"))).toEqual([
      { text: "x", look: { color: "var(--cw-ink-1)" }, mark: false },
      { text: "aa", look: { color: "var(--cw-ink-1)" }, mark: true },
    ]);
  });

  it("is marked in long lines too", () => {
    look("e");
    expect(search.marks(spans("e ".repeat(8000)))).toHaveLength(16_000);
  });

  it("is not marked where nothing is looked for", () => {
    expect(marked("banana")).toBe("banana");
  });
});
