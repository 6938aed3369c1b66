import { describe, expect, it } from "vitest";
import { ERROR, HOST, SSH, state, STEPS } from "../harness/states";
import type { StateMessage } from "../src/protocol";
import { readMessage, readTraits } from "../src/read";
import { report } from "../src/report";
import { duration, took } from "../src/words";

describe("the report", () => {
  const steps = { steps: STEPS, error: ERROR };
  const { state: failed } = readMessage({ serial: 1, ...state("failed", steps) }) as StateMessage;

  it("has the error, the host, the steps and the end of the log", () => {
    const lines = Array.from({ length: 100 }, (_, i) => `\x1b[31mline ${i}\x1b[0m`);
    const text = report(failed.error!, readTraits(() => HOST).host, failed, lines);
    expect(text).toContain(ERROR.title);
    expect(text).toContain(ERROR.code);
    expect(text).toContain("Google Colab Tesla T4 root");
    expect(text).toContain("Packages: done 2.1 s");
    expect(text).toContain("Log, last 60 of 100 lines");
    expect(text).not.toContain("line 39");
    expect(text.endsWith("\nline 99")).toBe(true);
    expect(text).not.toContain("\x1b");
    expect(text).not.toContain(SSH.password);
  });

  it("can be made of next to nothing", () => {
    expect(report(failed.error!, null, null, [])).toContain(ERROR.remedy);
  });
});

describe("times", () => {
  it("are short", () => {
    expect([0, 7.9, 61, 3727, -3].map(duration)).toEqual([
      "0:00",
      "0:07",
      "1:01",
      "1:02:07",
      "0:00",
    ]);
    expect([0.26, 59.94, 75].map(took)).toEqual(["0.3 s", "59.9 s", "1:15"]);
  });
});
