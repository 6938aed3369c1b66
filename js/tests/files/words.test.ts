import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { matching } from "../../src/files/blocks";
import type { Answer } from "../../src/files/link";
import { visible } from "../../src/files/words";

describe("A name", () => {
  test.each([
    ["a b'\"c.txt", "a b'\"c.txt"],
    ["\u0645\u0644\u0641.txt", "\u0645\u0644\u0641.txt"],
    ["a\nb", "a\\nb"],
    ["\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["a\tb\u0000\u2028", "a\\u{9}b\\u{0}\\u{2028}"],
    ["\udcff", "\\u{dcff}"],
    ["\u{1f600}", "\u{1f600}"],
  ])("%j is shown as %j", (name, shown) => expect(visible(name)).toBe(shown));
});

describe.each(["with", "without"])("What is there already, %s the browser's hashes", (which) => {
  // Pages that do not come over HTTPS have none.
  beforeEach(() => {
    if (which === "without") vi.stubGlobal("crypto", { subtle: undefined });
  });
  afterEach(() => vi.unstubAllGlobals());
  const block = 10;
  const data = new TextEncoder().encode("0123456789abcdefghijABCDE");
  // SHA-256 of the first two blocks, as sha256sum has them.
  const hashes = [
    "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882",
    "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0",
  ];
  const have = (more: object): Answer => ({ at: 22, block, hashes, ...more }) as Answer;
  const nothing = (): void => undefined;

  test("is what has the same hash, from the beginning", async () => {
    const file = new Blob([data]);
    expect(await matching(file, have({}), nothing)).toBe(20);
    expect(await matching(file, have({ hashes: ["", hashes[1]!] }), nothing)).toBe(0);
    expect(await matching(file, have({ hashes: [hashes[0]!, ""] }), nothing)).toBe(10);
  });

  test("is nothing that the answer does not say, or that is longer than the file", async () => {
    const file = new Blob([data.slice(0, 15)]);
    expect(await matching(file, have({}), nothing)).toBe(10);
    expect(await matching(file, have({ at: 5 }), nothing)).toBe(0);
    expect(await matching(file, have({ block: 0 }), nothing)).toBe(0);
  });
});
