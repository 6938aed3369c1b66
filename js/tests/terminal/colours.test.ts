import { describe, expect, it } from "vitest";
import { isDark, opaque } from "../../src/terminal/colours";

describe("a colour of the notebook's", () => {
  it.each([
    ["rgb(17, 17, 17)", true],
    ["rgb(255, 255, 255)", false],
    ["color(srgb 0.1 0.1 0.1)", true],
    ["color(display-p3 0.9 0.9 0.9)", false],
  ])("is dark or light: %s", (colour, dark) => expect(isDark(colour)).toBe(dark));

  it.each([
    ["rgba(0, 0, 0, 0.87)", "rgb(255, 255, 255)", "#212121"],
    ["rgba(255, 255, 255, 0.5)", "rgb(0, 0, 0)", "#808080"],
    ["color(srgb 1 0 0 / 0.5)", "color(srgb 1 1 1)", "#ff8080"],
    ["color(srgb 1e-7 0 0)", "rgb(255, 255, 255)", "#000000"],
    ["rgb(1, 2, 3)", "rgb(9, 9, 9)", "#010203"],
  ])("is as it is seen: %s on %s", (colour, ground, seen) =>
    expect(opaque(colour, ground)).toBe(seen),
  );
});
