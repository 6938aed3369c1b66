import { describe, expect, it } from "vitest";
import { widthOf } from "../../src/terminal/widths";

const cells = (text: string): number[] => [...text].map((each) => widthOf(each.codePointAt(0)!));

describe("the cells of a character", () => {
  // As wcwidth() of glibc 2.36 has them.
  it.each([
    ["abc\u00e9\u00b1", [1, 1, 1, 1, 1]],
    ["\u{1f600}\u{1f680}\u2705\u{1f90d}\u{1fae0}", [2, 2, 2, 2, 2]],
    ["\u65e5\u672c\uac00\uff21\u3042\u{20000}", [2, 2, 2, 2, 2, 2]],
    ["e\u0301\u20dd", [1, 0, 0]],
    // A sequence is the sum of its characters.
    ["\u{1f469}\u200d\u{1f4bb}", [2, 0, 2]],
    ["\u2764\ufe0f\u{1f44d}\u{1f3fd}", [1, 0, 2, 2]],
    ["\u{1f1e9}\u{1f1ea}", [1, 1]],
    ["\u1112\u1161\u11ab", [2, 0, 0]],
    ["\u00ad\u0600\u303f\u200b\ufeff", [1, 1, 1, 0, 0]],
    ["\u2500\u2588\ue0b0\u25cf\u2026", [1, 1, 1, 1, 1]],
    ["\0\x1b\x7f\x9b", [0, 0, 0, 0]],
  ])("%j", (text, widths) => expect(cells(text)).toEqual(widths));
});
