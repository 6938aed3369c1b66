import { describe, expect, it } from "vitest";
import { keepSheet } from "../../src/dom/sheets";

const TEXT = ".kept { color: red }";
const times = (text: string): number =>
  document.adoptedStyleSheets.filter((sheet) => sheet.cssRules[0]?.cssText.includes(text)).length;

describe("a style sheet that the page keeps", () => {
  it("is there once, however many views it has", () => {
    const [one, other] = [document.createElement("p"), document.createElement("p")];
    document.body.append(one, other);
    expect([one, other, one].map((el) => keepSheet(el, TEXT))).toEqual([true, true, true]);
    expect(times(".kept")).toBe(1);
    one.remove();
    other.remove();
    expect(times(".kept")).toBe(1);
  });

  it("is beside that of another version", () => {
    const before = document.adoptedStyleSheets.length;
    expect(keepSheet(document.body, ".newer { color: red }")).toBe(true);
    expect(document.adoptedStyleSheets.length).toBe(before + 1);
  });

  it("does not reach into a shadow root, nor what is nowhere yet", () => {
    const host = document.body.appendChild(document.createElement("div"));
    const inside = document.createElement("p");
    host.attachShadow({ mode: "open" }).append(inside);
    expect(keepSheet(inside, ".hidden { color: red }")).toBe(false);
    expect(keepSheet(document.createElement("p"), ".hidden { color: red }")).toBe(false);
    expect(times(".hidden")).toBe(0);
  });
});
