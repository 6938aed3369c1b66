/** The rule is that of colabwidget/core/secrets.py: both have these words. */
import { describe, expect, it } from "vitest";
import { looksRandom } from "../../src/wire/looks-random";

const files = import.meta.glob<Record<"random" | "plain", string[]>>(
  "../../../tests/vectors/looks_random.json",
  { import: "default", eager: true },
);
const [words] = Object.values(files);

describe("a random word", () => {
  it.each(words!.random)("is found in %s", (word) => {
    expect(looksRandom(word)).toBe(true);
  });

  it.each(words!.plain)("is not found in %j", (word) => {
    expect(looksRandom(word)).toBe(false);
  });
});
