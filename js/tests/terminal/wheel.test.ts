import { describe, expect, it } from "vitest";
import { wheelLines } from "../../src/terminal/wheel";

function turn(...deltas: number[]): number[] {
  const linesOf = wheelLines(
    () => 16,
    () => 24,
  );
  return deltas.map((deltaY) => linesOf(new WheelEvent("wheel", { deltaY })));
}

describe("a wheel", () => {
  it("moves three lines a notch", () => {
    expect(turn(120, 120, -120)).toEqual([3, 3, -3]);
    expect(turn(100, 100, 100)).toEqual([2, 3, 3]);
  });

  it("adds up the small steps of a touchpad, at which the text follows", () => {
    const sum = turn(...Array.from({ length: 10 }, () => 4)).reduce((all, one) => all + one);
    expect(sum).toBe(2);
    expect(turn(12, -4, -12).map((lines) => lines + 0)).toEqual([0, 0, -1]);
  });

  it("may count lines or pages", () => {
    const linesOf = wheelLines(
      () => 16,
      () => 24,
    );
    expect(linesOf(new WheelEvent("wheel", { deltaY: 3, deltaMode: 1 }))).toBe(3);
    expect(linesOf(new WheelEvent("wheel", { deltaY: -1, deltaMode: 2 }))).toBe(-24);
  });
});
