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

    await clipboard.sendLocal();
    expect(paste).toHaveBeenLastCalledWith(HARMLESS);
    expect(paste).toHaveBeenCalledTimes(2);
    await clipboard.sendLocal();
    expect(paste).toHaveBeenCalledTimes(2);
    view.close();
  });
});
