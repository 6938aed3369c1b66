import { expect, it } from "vitest";
import { readOffer } from "../../src/terminal/offer";

const base64 = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)));

it.each([
  [`c;${base64("caf\u00e9")}`, "caf\u00e9"],
  [`;${base64("x")}`, "x"],
  [`pc0;${base64("two\nlines")}`, "two\nlines"],
  // What is pasted elsewhere later ends no paste there.
  [`c;${base64("a\x1b[201~\x9b")}`, "a\u241b[201~\ufffd"],
  ["c;?", ""],
  ["c;", ""],
  ["c;!", ""],
  ["c;_-", ""],
  ["c;a", ""],
  ["c;/w==", ""],
  ["no", ""],
  [`c;${"A".repeat(1_000_004)}`, ""],
])("a program's text for the clipboard: %.20s", (data, text) => expect(readOffer(data)).toBe(text));
