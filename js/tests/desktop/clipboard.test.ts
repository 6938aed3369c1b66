import { afterEach, describe, expect, it, vi } from "vitest";
import { clipboardOf } from "../../src/desktop/clipboard";
import { frame } from "../../src/viewer/frame";

const ATTACK = "echo a\x1b[201~\x9b; touch pwned\n#";
const HARMLESS = "echo a\u241b[201~\ufffd; touch pwned\n#";

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

describe("the clipboard of the desktop", () => {
  it("takes and gives text that steers nothing", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    const readText = vi.fn(() => Promise.resolve(ATTACK));
    const query = vi.fn(() => Promise.resolve({ state: "granted" }));
    vi.stubGlobal("navigator", { clipboard: { writeText, readText }, permissions: { query } });
    const view = frame(document.body, "Desktop");
    const paste = vi.fn();
    const clipboard = clipboardOf(view, paste);
    const field = document.querySelector<HTMLTextAreaElement>(".cws-clipboard")!;

    await clipboard.receive(ATTACK);
    expect(writeText).toHaveBeenLastCalledWith(HARMLESS);
    expect(field.value).toBe(HARMLESS);

    field.value = `typed ${ATTACK}`;
    field.dispatchEvent(new Event("input"));
    expect(paste).toHaveBeenLastCalledWith(`typed ${HARMLESS}`);

    // What was put there is newer than any copy, until the user has been elsewhere.
    await clipboard.sendLocal();
    expect(paste).toHaveBeenCalledTimes(1);
    view.stage.dispatchEvent(new FocusEvent("focusin"));
    readText.mockResolvedValue(`${ATTACK}2`);
    await clipboard.sendLocal();
    expect(paste).toHaveBeenLastCalledWith(`${HARMLESS}2`);
    expect(paste).toHaveBeenCalledTimes(2);
    await clipboard.sendLocal();
    expect(paste).toHaveBeenCalledTimes(2);
    view.close();
  });

  it("gives what is pasted unless the desktop's own is newer", async () => {
    const view = frame(document.body, "Desktop");
    const paste = vi.fn();
    const clipboard = clipboardOf(view, paste);
    const comeBack = (): void => void view.stage.dispatchEvent(new FocusEvent("focusin"));
    const pasted = (text: string): unknown[] => {
      paste.mockClear();
      clipboard.sendPasted(text);
      return paste.mock.calls.flat();
    };

    expect(pasted("outside")).toEqual(["outside"]);
    expect(pasted("outside")).toEqual([]);
    expect(pasted("")).toEqual([]);
    // The page may not write what is copied there onto this computer's clipboard.
    await clipboard.receive("inside");
    expect(pasted("outside")).toEqual([]);
    expect(pasted("copied before")).toEqual([]);
    // The user was elsewhere and has copied nothing, then something.
    comeBack();
    expect(pasted("copied before")).toEqual([]);
    comeBack();
    expect(pasted("copied since")).toEqual(["copied since"]);
    expect(pasted(ATTACK)).toEqual([HARMLESS]);
    view.close();
  });

  it("says what is too long for the desktop before it is pasted, each time", () => {
    const view = frame(document.body, "Desktop");
    const paste = vi.fn();
    const clipboard = clipboardOf(view, paste);
    const said = (): string | null => document.querySelector(".cws-note")!.textContent;
    const long = "\u00e9\n".repeat(1_100_000);

    expect(clipboard.sendPasted("x".repeat(4_000_000))).toBe(true);
    expect(paste).toHaveBeenCalledTimes(1);
    for (let turn = 0; turn < 2; turn++) {
      view.showNotice("");
      expect(clipboard.sendPasted(long)).toBe(false);
      expect(said()).toContain("too long to be pasted here: 4.2 MiB");
    }
    const field = document.querySelector<HTMLTextAreaElement>(".cws-clipboard")!;
    field.value = long;
    field.dispatchEvent(new Event("input"));
    expect(paste).toHaveBeenCalledTimes(1);
    expect(clipboard.sendPasted("short")).toBe(true);
    view.close();
  });

  it("does not show what was copied before where the newest has not come", async () => {
    vi.useFakeTimers();
    const view = frame(document.body, "Desktop");
    const clipboard = clipboardOf(view, vi.fn());
    const field = document.querySelector<HTMLTextAreaElement>(".cws-clipboard")!;
    const said = (): string | null => document.querySelector(".cws-note")!.textContent;

    clipboard.asked();
    await clipboard.receive("first");
    vi.advanceTimersByTime(5000);
    expect([field.value, said()]).toEqual(["first", ""]);
    clipboard.asked();
    vi.advanceTimersByTime(5000);
    expect(field.value).toBe("");
    expect(said()).toContain("has not come here");
    clipboard.asked();
    clipboard.close();
    view.close();
    vi.useRealTimers();
  });
});
