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

  it("shows what a terminal has after carriage returns", () => {
    expect(plain("10 %\r50 %\r100 %")).toBe("100 %");
    expect(plain("done\r")).toBe("done");
    expect(plain("Reading lists... 10%\rReading lists")).toBe("Reading lists... 10%");
    expect(plain("Reading lists... 10%\r\x1b[KReading lists")).toBe("Reading lists");
    expect(plain("10 %\r\x1b[K\x1b[32mdone\x1b[m\r\r")).toBe("done");
    expect(spans("\x1b[31mabc\r\x1b[0mx")).toEqual([
      { text: "x", look: null },
      { text: "bc", look: RED },
    ]);
  });

  it("follows a cursor within the line", () => {
    expect(plain("ab\b\bcd")).toBe("cd");
    expect(plain("abc\x1b[2Dx")).toBe("axc");
    expect(plain("a\x1b[3Cb")).toBe("a   b");
    expect(plain("abc\x1b[1Gx")).toBe("xbc");
    expect(plain("abc\x1b[2K\rx")).toBe("x");
    expect(plain("\r\x1b[999999999Cx").length).toBeLessThan(2000);
    expect(plain("\u{1f600}\u{1f600}\rx")).toBe("x\u{1f600}");
  });

  it("drops every other control sequence", () => {
    expect(plain("\x1b]0;title\x07a\x1b[2Lb\x1b[?25lc\x1b(Bd\x00e\tf\x1b")).toBe("abcde\tf");
    expect(plain("\x1b]8;;https://x.org\x1b\\link\x1b]8;;\x1b\\")).toBe("link");
  });

  it("says the same plain as in pieces", () => {
    for (const line of [
      "a\x1b[1mb\x1b[0m",
      "x\ry",
      "ab\x1b[1D\x1b[31mc",
      "\x1b[31mred\r\n",
      "é\b",
    ]) {
      expect(plain(line.replace("\n", ""))).toBe(
        spans(line.replace("\n", ""))
          .map(({ text }) => text)
          .join(""),
      );
    }
  });
});

describe("the time before a line", () => {
  it("is not overwritten, and has no look", () => {
    expect(plain("20:31:07 10%\r100%")).toBe("20:31:07 100%");
    expect(plain("20:31:07 done")).toBe("20:31:07 done");
    expect(spans("20:31:07 \x1b[31mred\x1b[K")).toMatchObject([
      { text: "20:31:07 ", look: null },
      { text: "red" },
    ]);
    expect(plain("99:1 x\ry")).toBe("y9:1 x");
  });
});
