import { describe, expect, it } from "vitest";
import { harmless, linesOf } from "../../src/viewer/pasted";

describe("text of a clipboard", () => {
  it.each([
    ["echo a\x1b[201~; touch pwned\n#", "echo a\u241b[201~; touch pwned\n#"],
    ["a\0\x07\b\x7fb", "a\u2400\u2407\u2408\u2421b"],
    ["\x9b201~\x85\x9d52;c;x\x9c", "\ufffd201~\ufffd\ufffd52;c;x\ufffd"],
    ["\x0b\x0c\x0e", "\u240b\u240c\u240e"],
  ])("has pictures for control characters: %j", (text, shown) => {
    expect(harmless(text)).toBe(shown);
    expect(harmless(shown)).toBe(shown);
  });

  it("keeps all that people write", () => {
    const text =
      "def f():\n\tif x:\r\n  \u00e9 \u05d0\u05d1 \u{1f469}\u200d\u{1f4bb} \u00a0\u2028|";
    expect(harmless(text)).toBe(text);
  });

  it("keeps no control character whatever it is", () => {
    const all = Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)).join("");
    for (const letter of harmless(all)) {
      const code = letter.codePointAt(0)!;
      expect("\t\n\r".includes(letter) || (code >= 0x20 && !(code >= 0x7f && code < 0xa0))).toBe(
        true,
      );
    }
  });

  it("has lines", () => {
    expect(["", "a", "a\n", "a\r\nb", "a\rb\n\n"].map(linesOf)).toEqual([1, 1, 2, 2, 4]);
  });
});
