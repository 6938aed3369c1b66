import { describe, expect, it } from "vitest";
import { duration, size, sizeOf, stepDuration } from "../../../src/card/ui/format";

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

describe("bytes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1 kB"],
    [1500, "1.5 kB"],
    [99_960, "100 kB"],
    [999_600, "1 MB"],
    [123_456_789, "123 MB"],
    [1_000_000_000, "1 GB"],
    [1_234_567_890, "1.2 GB"],
    [5e15, "5000 TB"],
  ])("%d are %s", (bytes, text) => expect(size(bytes)).toBe(text));

  it.each([
    [3.1e9, 12.7e9, "3.1 of 12.7 GB"],
    [0.4e9, 16e9, "400 MB of 16 GB"],
    [0, 500, "0 of 500 bytes"],
    [1, 1, "1 of 1 byte"],
  ])("%d of %d are %s", (part, whole, text) => expect(sizeOf(part, whole)).toBe(text));
});
