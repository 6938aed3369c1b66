import { expect, test } from "vitest";
import { keysBetween } from "../../src/desktop/touch";

const BACKSPACE = 0xff08;

test.each([
  ["what is written", "____", "____hi", [0x68, 0x69]],
  ["what is deleted", "____hi", "____h", [BACKSPACE]],
  ["a word that is put right", "____teh", "____the", [BACKSPACE, BACKSPACE, 0x68, 0x65]],
  ["a letter of two halves", "____", "____😀", [0x0101f600]],
  ["nothing", "____a", "____a", []],
])("A device's keyboard sends %s", (_, before, now, keysyms) => {
  expect(keysBetween(before, now)).toEqual(keysyms);
});
