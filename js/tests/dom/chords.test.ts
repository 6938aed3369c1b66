import { expect, it } from "vitest";
import { keyOf, leaves } from "../../src/dom/chords";

const pressed = (key: string, code: string): KeyboardEvent =>
  new KeyboardEvent("keydown", { key, code, ctrlKey: true, shiftKey: true });

it.each([
  ["C", "KeyC", "c"],
  ["C", "KeyI", "c"], // Dvorak
  ["J", "KeyC", "j"],
  [">", "KeyE", ">"],
  ["\u0421", "KeyC", "c"], // Cyrillic
  ["\u05d1", "KeyC", "c"],
  ["\u0131", "KeyI", "i"],
  ["Dead", "KeyN", "n"],
  ["Enter", "Enter", ""],
  ["\u00e9", "Digit2", ""],
])("a key is what its layout types: %s at %s", (key, code, meant) =>
  expect(keyOf(pressed(key, code))).toBe(meant),
);

it.each([
  [".", "Period", true],
  [">", "Period", true],
  [":", "Period", true], // German
  [".", "Comma", true], // French
  [">", "KeyE", true], // Dvorak
  ["\u044e", "Period", true], // Cyrillic
  ["V", "Period", false], // Dvorak
  ["E", "KeyD", false],
])("Ctrl+Shift+. is there on every keyboard: %s at %s", (key, code, is) => {
  expect(leaves(pressed(key, code))).toBe(is);
  expect(leaves(new KeyboardEvent("keydown", { key, code, ctrlKey: true }))).toBe(false);
});
