import { describe, expect, it } from "vitest";
import { duration, stepDuration } from "../../../src/card/ui/format";

describe("times", () => {
  it("are short", () => {
    expect([0, 7.9, 61, 3727, -3].map(duration)).toEqual([
      "0:00",
      "0:07",
      "1:01",
      "1:02:07",
      "0:00",
    ]);
    expect([0.26, 59.94, 75].map(stepDuration)).toEqual(["0.3 s", "59.9 s", "1:15"]);
  });
});
