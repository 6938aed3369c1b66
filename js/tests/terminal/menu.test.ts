import { afterEach, describe, expect, it, vi } from "vitest";
import { onContextMenu, openMenu } from "../../src/terminal/menu";
import { frame } from "../../src/viewer/frame";

afterEach(() => document.body.replaceChildren());

function made() {
  const view = frame(document.body, "Terminal");
  const does = { copy: vi.fn(), clear: vi.fn(), closed: vi.fn() };
  const open = (): void =>
    openMenu(
      view,
      10,
      10,
      [
        { text: "Copy", disabled: true, run: does.copy },
        { text: "Clear", run: does.clear },
        { text: "Read", checked: true, run: () => undefined },
      ],
      does.closed,
    );
  const press = (key: string): void =>
    void document.activeElement?.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true }),
    );
  const focused = (): string => document.activeElement?.textContent ?? "";
  const menu = (): HTMLElement | null => view.root.querySelector('[role="menu"]');
  return { ...does, view, open, press, focused, menu };
}

describe("a menu", () => {
  it("is walked through with the keyboard", () => {
    const { open, press, focused, menu, closed } = made();
    open();
    const walk = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Home", "End"].map((key) => {
      press(key);
      return focused();
    });
    expect(walk).toEqual(["Clear", "Read", "Copy", "Read", "Copy", "Read"]);
    press("Escape");
    expect(menu()).toBeNull();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it("does what is chosen, once, and nothing that it cannot do", () => {
    const { open, menu, copy, clear, closed } = made();
    open();
    const [first, second, third] = menu()!.querySelectorAll("button");
    expect(third!.getAttribute("aria-checked")).toBe("true");
    first!.click();
    expect(copy).not.toHaveBeenCalled();
    second!.click();
    expect(menu()).toBeNull();
    expect(clear).toHaveBeenCalledTimes(1);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it("is one at a time", () => {
    const { open, view } = made();
    open();
    open();
    expect(view.root.querySelectorAll('[role="menu"]').length).toBe(1);
  });
});

describe("a right click", () => {
  it("opens it, and reaches a program only if it is handed on; with Shift it is the browser's", () => {
    const { view } = made();
    const screen = view.stage.appendChild(document.createElement("div"));
    const seen: string[] = [];
    for (const name of ["mousedown", "mouseup", "contextmenu"])
      screen.addEventListener(name, () => seen.push(name));
    let hand: (() => void) | undefined;
    onContextMenu(
      view.stage,
      () => true,
      (_x, _y, given) => (hand = given),
    );
    const click = (shiftKey: boolean): boolean => {
      for (const name of ["mousedown", "mouseup"])
        screen.dispatchEvent(new MouseEvent(name, { bubbles: true, button: 2, shiftKey }));
      const more = { bubbles: true, cancelable: true, button: 2, shiftKey };
      return screen.dispatchEvent(new MouseEvent("contextmenu", more));
    };
    expect(click(false)).toBe(false);
    expect(seen).toEqual([]);
    hand!();
    expect(seen.splice(0)).toEqual(["mousedown", "mouseup"]);
    expect(click(true)).toBe(true);
    expect(seen).toEqual(["mousedown", "mouseup", "contextmenu"]);
  });
});
