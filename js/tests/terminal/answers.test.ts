import type { Terminal } from "@xterm/xterm";
import { describe, expect, it, vi } from "vitest";
import { partAnswers } from "../../src/terminal/answers";

/** A terminal that says things as xterm.js does: first that its user did, and then what. */
function made(knowsUsers = true) {
  let tell: (text: string) => void = () => undefined;
  let told: () => void = () => undefined;
  const onUserInput = (listener: () => void): void => void (told = listener);
  const term = {
    _core: { coreService: knowsUsers ? { onUserInput } : undefined },
    onData: (listener: (text: string) => void) => void (tell = listener),
  } as unknown as Terminal;
  const type = vi.fn();
  const answer = vi.fn();
  partAnswers(term, type, answer);
  const say = (text: string, byUser: boolean): void => {
    if (byUser) told();
    tell(text);
  };
  return { say, type, answer };
}

describe("what a terminal says", () => {
  it("is typed, or is an answer", async () => {
    const { say, type, answer } = made();
    say("ls", true);
    say("\x1b[1;1R", false);
    say("\x1b[?1;2c", false);
    say("\r", true);
    await Promise.resolve();
    expect(type.mock.calls).toEqual([
      ["ls", true],
      ["\r", true],
    ]);
    expect(answer.mock.calls).toEqual([["\x1b[1;1R\x1b[?1;2c"]]);
  });

  it("tells of focus in any view", () => {
    const { say, type, answer } = made();
    say("\x1b[I", false);
    say("\x1b[O", false);
    expect(type.mock.calls.map(([, isSure]) => isSure)).toEqual([false, false]);
    expect(answer).not.toHaveBeenCalled();
  });

  it("is no flood", async () => {
    const { say, answer } = made();
    for (let i = 0; i < 1000; i++) say("\x1b[1;1R", false);
    await Promise.resolve();
    expect(answer).not.toHaveBeenCalled();
    say("\x1b[1;1R", false);
    await Promise.resolve();
    expect(answer).toHaveBeenCalledTimes(1);
  });

  it("is typed where another xterm.js does not tell", () => {
    const { say, type } = made(false);
    say("x", false);
    expect(type.mock.calls).toEqual([["x", false]]);
  });
});
