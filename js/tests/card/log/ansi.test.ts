import { describe, expect, it } from "vitest";
import { type Look, plain, spans } from "../../../src/card/log/ansi";

const RED = { color: "var(--cw-ink-1)" };

/** The look of the x in a line. */
const lookOf = (line: string): Look | null | undefined =>
  spans(line).find(({ text }) => text.includes("x"))?.look;

describe("a line of the log", () => {
  it("is plain text", () => {
    expect(spans("Setting up <b>sudo</b>")).toEqual([
      { text: "Setting up <b>sudo</b>", look: null },
    ]);
    expect(spans("")).toEqual([]);
  });

  it("has colours and bold, until they end", () => {
    expect(spans("a \x1b[31mred\x1b[0m \x1b[1;92mok\x1b[22m!\x1b[39m.")).toEqual([
      { text: "a ", look: null },
      { text: "red", look: RED },
      { text: " ", look: null },
      { text: "ok", look: { color: "var(--cw-ink-2)", fontWeight: "600" } },
      { text: "!", look: { color: "var(--cw-ink-2)" } },
      { text: ".", look: null },
    ]);
  });

  it.each([
    ["1", { fontWeight: "600" }],
    ["2", { color: "var(--cw-muted)" }],
    ["2;31", { ...RED, opacity: "0.8" }],
    ["3", { fontStyle: "italic" }],
    ["4", { textDecoration: "underline" }],
    ["4:3", { textDecoration: "underline" }],
    ["4;9", { textDecoration: "underline line-through" }],
    ["4;24", null],
    ["4:0", null],
    ["1;2;22", null],
    ["7", { background: "var(--cw-fg)", color: "var(--cw-bg)" }],
    ["31;7", { background: "var(--cw-ink-1)", color: "var(--cw-bg)" }],
    ["7;27", null],
    ["95", { color: "var(--cw-ink-5)" }],
    ["31;39", null],
    ["41;49", null],
    ["", null],
    ["31;", null],
    ["99;77", null],
  ])("knows the look of %s", (codes, look) => {
    expect(lookOf(`\x1b[${codes}mx`)).toEqual(look);
  });

  it.each([
    ["38;5;1", RED],
    ["38;5;9", RED],
    ["38;5;196", { color: "color-mix(in srgb, rgb(255 0 0) 60%, var(--cw-fg))" }],
    ["38;5;110", { color: "color-mix(in srgb, rgb(135 175 215) 60%, var(--cw-fg))" }],
    ["38;5;244", { color: "color-mix(in srgb, rgb(128 128 128) 60%, var(--cw-fg))" }],
    ["38;2;1;22;255", { color: "color-mix(in srgb, rgb(1 22 255) 60%, var(--cw-fg))" }],
    ["38:2::1:22:255", { color: "color-mix(in srgb, rgb(1 22 255) 60%, var(--cw-fg))" }],
    ["38:5:1", RED],
    ["38;5;1;1", { ...RED, fontWeight: "600" }],
    ["38;2;1;2;3;1;39", { fontWeight: "600" }],
    ["38;5;256", null],
    ["38;5", null],
    ["38;2;1;2;300", null],
    ["38;2;1", null],
    ["38", null],
  ])("knows the colour of %s", (codes, look) => {
    expect(lookOf(`\x1b[${codes}mx`)).toEqual(look);
  });

  it("has text that can be read on every ground", () => {
    expect(lookOf("\x1b[48;2;250;250;210mx")).toEqual({
      background: "rgb(250 250 210)",
      color: "#000",
    });
    expect(lookOf("\x1b[48;5;17mx")).toEqual({ background: "rgb(0 0 95)", color: "#fff" });
    expect(lookOf("\x1b[43mx")?.color).toBe("var(--cw-fg)");
    expect(lookOf("\x1b[103mx")).toEqual(lookOf("\x1b[43mx"));
  });

  it.each([
    ["20:31:07 sshd: Invalid user x\r20:31:07 sshd: Accepted", "x\\r20:31:07 sshd: Accepted"],
    ["abc\b\b\x1b[2D\x1b[2Kx", "abc\\x08\\x08\\x1b[2D\\x1b[2Kx"],
    ["\x1b]52;c;cm0=\x07\x1b]0;title\x1b\\", "\\x1b]52;c;cm0=\\x07\\x1b]0;title\\x1b\\"],
    ["a\x00\x7f\x9b31m\x85b", "a\\x00\\x7f\\x9b31m\\x85b"],
    ["\u202emoor\u202c \u2066x\u2069", "\\u202emoor\\u202c \\u2066x\\u2069"],
    ["a\u2028b\u2029c\ufeff\u200b\u{e0041}", "a\\u2028b\\u2029c\\ufeff\\u200b\\U000e0041"],
    ["\ud800x", "\\ud800x"],
  ])("overwrites and steers nothing: %j", (line, shown) => {
    expect(plain(line).endsWith(shown)).toBe(true);
    expect(
      spans(line)
        .map(({ text }) => text)
        .join(""),
    ).toBe(plain(line));
    expect(plain(line).startsWith(line.slice(0, 1).replace(/\P{L}/u, ""))).toBe(true);
  });

  it("keeps tabs, letters of all kinds and what joins them", () => {
    const line = "a\tb é אב \u{1f469}\u200d\u{1f4bb} नि";
    expect(plain(line)).toBe(line);
    expect(spans(line)).toEqual([{ text: line, look: null }]);
  });

  it("has no look for the time before it, whatever the line says", () => {
    expect(spans("20:31:07 \x1b[31mred\x1b[K")).toEqual([
      { text: "20:31:07 ", look: null },
      { text: "red\\x1b[K", look: RED },
    ]);
    expect(spans("\x1b[m\x1b[1ma\x1b[22mb\x1b[1mc")).toHaveLength(3);
    expect(spans("a\x1b[mb")).toEqual([{ text: "ab", look: null }]);
  });

  it("cannot be made to cost much", () => {
    const line = "\x1b[31mx\x1b[32my\r".repeat(1500);
    const before = performance.now();
    expect(spans(line)).toHaveLength(3000);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
