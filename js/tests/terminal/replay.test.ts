import type { Terminal } from "@xterm/xterm";
import { describe, expect, it, vi } from "vitest";
import { Replay } from "../../src/terminal/replay";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A terminal that draws when it is told to, and what happens in it. */
function made(old: number, sizes: [number, number][]) {
  const events: string[] = [];
  const undrawn: (() => void)[] = [];
  const term = {
    write(data: Uint8Array, done: () => void) {
      events.push(new TextDecoder().decode(data));
      undrawn.push(done);
    },
    resize: (columns: number) => void events.push(`|${columns}|`),
  } as unknown as Terminal;
  const over = vi.fn(() => void events.push("over"));
  const replay = new Replay(
    term,
    old,
    sizes.map(([at, columns]) => ({ at, columns, rows: 24 })),
    over,
  );
  const drawAll = (): void => {
    for (let next = undrawn.shift(); next; next = undrawn.shift()) next();
  };
  return { replay, drawAll, events, over };
}

describe("what is drawn again", () => {
  it("is drawn at the sizes at which it was printed", () => {
    const { replay, drawAll, events } = made(6, [
      [0, 100],
      [2, 80],
      [4, 60],
      [6, 70],
    ]);
    const done = vi.fn();
    replay.write(bytes("abcde"), done);
    replay.write(bytes("fgh"), done);
    expect(replay.repeats).toBe(true);
    drawAll();
    expect(events).toEqual(["|100|", "ab", "|80|", "cd", "|60|", "e", "f", "|70|", "over", "gh"]);
    expect(replay.repeats).toBe(false);
    expect(done).toHaveBeenCalledTimes(2);
    replay.write(bytes("i"), done);
    replay.write(bytes("j"), done);
    expect(events.slice(-2)).toEqual(["i", "j"]);
  });

  it("is nothing where a shell is new", () => {
    const { replay, events, over } = made(0, [[0, 80]]);
    expect(over).toHaveBeenCalledTimes(1);
    replay.write(bytes("a"), () => undefined);
    expect(events).toEqual(["over", "a"]);
  });

  it("keeps the terminal's size where none is told, or one that no terminal has", () => {
    const { replay, drawAll, events } = made(2, [
      [0, 0],
      [1, 100_000],
    ]);
    replay.write(bytes("ab"), () => undefined);
    drawAll();
    expect(events).toEqual(["a", "b", "over"]);
    const { replay: other, drawAll: draw, events: seen } = made(1, []);
    other.write(bytes("ab"), () => undefined);
    draw();
    expect(seen).toEqual(["a", "over", "b"]);
  });

  it("ends where another stream begins", () => {
    const { replay, drawAll, events, over } = made(4, [[2, 90]]);
    replay.write(bytes("abcd"), () => undefined);
    replay.close();
    replay.write(bytes("e"), () => undefined);
    drawAll();
    expect(events).toEqual(["ab"]);
    expect(over).not.toHaveBeenCalled();
  });
});
