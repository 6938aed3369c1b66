import type { Terminal } from "@xterm/xterm";
import { describe, expect, it, vi } from "vitest";
import { bindShortcuts } from "../../src/terminal/shortcuts";

function made(selected = false) {
  let handle: (event: KeyboardEvent) => boolean = () => true;
  const input = vi.fn();
  const term = {
    attachCustomKeyEventHandler: (handler: typeof handle) => void (handle = handler),
    hasSelection: () => selected,
    clearSelection: () => undefined,
    input,
  } as unknown as Terminal;
  const does = { copy: vi.fn(async () => undefined), find: vi.fn(), leave: vi.fn() };
  bindShortcuts(term, does);
  const press = (chord: string, key: string, code: string): boolean => {
    const on = (name: string): boolean => chord.includes(name);
    const keys = { ctrlKey: on("C"), shiftKey: on("S"), altKey: on("A"), metaKey: on("M") };
    return handle(new KeyboardEvent("keydown", { key, code, ...keys }));
  };
  return { press, input, ...does };
}

describe("a terminal's chords", () => {
  it("go by the layout", () => {
    const { press, copy, find, leave } = made();
    expect(press("CS", "V", "Period")).toBe(false); // Dvorak: the browser pastes
    expect(leave).not.toHaveBeenCalled();
    expect(press("CS", "J", "KeyC")).toBe(true);
    expect(copy).not.toHaveBeenCalled();
    press("CS", "C", "KeyI");
    expect(copy).toHaveBeenCalledTimes(1);
    press("CS", "\u0421", "KeyC");
    expect(copy).toHaveBeenCalledTimes(2);
    press("CS", "F", "KeyY");
    expect(find).toHaveBeenCalledTimes(1);
    press("CS", ">", "KeyE");
    expect(leave).toHaveBeenCalledTimes(1);
  });

  it("copy what is selected, and interrupt where nothing is", () => {
    const some = made(true);
    expect(some.press("C", "c", "KeyI")).toBe(false);
    expect(some.copy).toHaveBeenCalledTimes(1);
    expect(some.press("C", "j", "KeyC")).toBe(true);
    expect(made().press("C", "c", "KeyI")).toBe(true);
  });

  it("send the control characters of signs", () => {
    const { press, input } = made();
    for (const [chord, key, code] of [
      ["C", "/", "Slash"],
      ["CS", "/", "Digit7"], // German
      ["CS", "_", "Minus"],
      ["CS", "@", "Digit2"],
      ["C", "[", "Minus"], // Dvorak
      ["C", "\\", "Backslash"],
    ] as const)
      expect(press(chord, key, code)).toBe(false);
    expect(input.mock.calls.flat()).toEqual(["\x1f", "\x1f", "\x1f", "\0", "\x1b", "\x1c"]);
  });

  it("leave the rest to xterm.js: AltGr types signs, and Command is the browser's", () => {
    const { press, input } = made(true);
    expect(press("CA", "[", "Digit8")).toBe(true);
    expect(press("M", "c", "KeyC")).toBe(true);
    expect(press("S", "/", "Digit7")).toBe(true);
    expect(press("C", "d", "KeyD")).toBe(true);
    expect(input).not.toHaveBeenCalled();
  });
});
