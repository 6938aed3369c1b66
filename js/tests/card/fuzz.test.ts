import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { state } from "../../harness/states";
import { plain, spans } from "../../src/card/log/ansi";
import { CORPUS, message, parsed, text } from "../made-up";
import { closeAll, open, useTestTime } from "../support";

/** What would steer a terminal, or turn words around. */
const STEERS = /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const log = (line: string): void => {
  const shown = spans(line);
  const whole = shown.map((span) => span.text).join("");
  expect(whole).toBe(plain(line));
  expect(whole).not.toMatch(STEERS);
};

describe("whatever is in the log", () => {
  it("steers nothing where it is shown", () => {
    fc.assert(
      fc.property(text(), (line) => log(line)),
      { numRuns: 1000 },
    );
  });

  it.each(CORPUS)("steers nothing where it is shown: %s", (_, line) => log(line));
});

describe("a card", () => {
  useTestTime();

  /** It has drawn what was said, without elements of others, and shows what comes next. */
  async function goesOn(said: Record<string, unknown>[]): Promise<void> {
    const page = await open();
    await page.say(...said);
    expect(page.el.querySelector("script, img, iframe, object, embed")).toBeNull();
    expect(page.el.querySelector('a[href^="javascript:" i], a[href^="data:" i]')).toBeNull();
    await page.say(state("idle", { epoch: "next", revision: 2 ** 50 }, { serial: 2 ** 51 }));
    expect(page.find("card")).not.toBeNull();
    closeAll();
  }

  it("goes on whatever a kernel says", async () => {
    await fc.assert(fc.asyncProperty(fc.array(message(), { minLength: 1, maxLength: 4 }), goesOn), {
      numRuns: 100,
    });
  }, 60_000);

  it.each(CORPUS)("goes on whatever a kernel says: %s", async (_, said) => {
    const content = parsed(said);
    if (typeof content === "object" && content) await goesOn([{ ...content }]);
  });
});
