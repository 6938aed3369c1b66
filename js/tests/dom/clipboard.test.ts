import { afterEach, describe, expect, it, vi } from "vitest";
import { copyText, mayUseClipboard } from "../../src/dom/clipboard";
import { clipboard } from "../support";

const denied = (): void =>
  void vi.stubGlobal("navigator", {
    clipboard: { writeText: () => Promise.reject(new Error("denied")) },
  });

/** The old way of copying, which takes what is selected. */
function oldWay(works: boolean): { text: string } {
  const copied = { text: "" };
  document.execCommand = () => {
    copied.text = document.querySelector<HTMLTextAreaElement>("textarea")?.value ?? "";
    return works;
  };
  return copied;
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

describe("copying", () => {
  it("uses the Clipboard API", async () => {
    const { text } = clipboard();
    expect(await copyText("ssh x", document.body)).toBe(true);
    expect(text()).toBe("ssh x");
  });

  it("selects the text and copies the old way where the API is denied", async () => {
    denied();
    const copied = oldWay(true);
    const button = document.body.appendChild(document.createElement("button"));
    button.focus();
    expect(await copyText("a\nb", document.body)).toBe(true);
    expect(copied.text).toBe("a\nb");
    expect(document.querySelector("textarea")).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("works where there is no Clipboard API", async () => {
    vi.stubGlobal("navigator", {});
    const copied = oldWay(true);
    expect(await copyText("x", document.body)).toBe(true);
    expect(copied.text).toBe("x");
  });

  it.each(["permissionsPolicy", "featurePolicy"])(
    "never tries the API where the frame's policy forbids it: %s",
    async (name) => {
      const writeText = vi.fn(() => Promise.reject(new Error("a line in the console")));
      vi.stubGlobal("navigator", { clipboard: { writeText, readText: writeText } });
      const asked: string[] = [];
      const allowsFeature = (feature: string): boolean => asked.push(feature) < 0;
      Object.defineProperty(document, name, { value: { allowsFeature }, configurable: true });
      const copied = oldWay(true);
      expect(await copyText("x", document.body)).toBe(true);
      expect(mayUseClipboard("read")).toBe(false);
      expect(copied.text).toBe("x");
      expect(writeText).not.toHaveBeenCalled();
      expect(asked).toEqual(["clipboard-write", "clipboard-read"]);
      Reflect.deleteProperty(document, name);
    },
  );

  it("says so when neither works", async () => {
    denied();
    oldWay(false);
    expect(await copyText("x", document.body)).toBe(false);
    document.execCommand = () => {
      throw new Error("not here");
    };
    expect(await copyText("x", document.body)).toBe(false);
    expect(document.querySelector("textarea")).toBeNull();
  });
});
