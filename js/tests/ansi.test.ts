import { describe, expect, it } from "vitest";
import { plain, spans } from "../src/ansi";

describe("a line of the log", () => {
  it("is plain text", () => {
    expect(spans("Setting up <b>sudo</b>")).toEqual([
      { text: "Setting up <b>sudo</b>", style: "" },
    ]);
    expect(spans("")).toEqual([]);
  });

  it("has colours and bold", () => {
    expect(spans("a \x1b[31mred\x1b[0m \x1b[1;92mok\x1b[22m!\x1b[39m.")).toEqual([
      { text: "a ", style: "" },
      { text: "red", style: "cw-c31" },
      { text: " ", style: "" },
      { text: "ok", style: "cw-c92 cw-bold" },
      { text: "!", style: "cw-c92" },
      { text: ".", style: "" },
    ]);
  });

  it("leaves out colours that it does not know, with their operands", () => {
    expect(spans("\x1b[38;5;31mx\x1b[48;2;1;31;3my\x1b[32mz")).toEqual([
      { text: "x", style: "" },
      { text: "y", style: "" },
      { text: "z", style: "cw-c32" },
    ]);
  });

  it("shows what stands after the last carriage return", () => {
    expect(plain("10 %\r50 %\r100 %")).toBe("100 %");
    expect(plain("done\r")).toBe("done");
    expect(plain("10 %\r\x1b[K\x1b[32mdone\x1b[m\r\r")).toBe("done");
  });

  it("drops every other control sequence", () => {
    expect(plain("\x1b]0;title\x07a\x1b[2Kb\x1b[?25lc\x1b(Bd\x08\x00e\tf\x1b")).toBe("abcde\tf");
    expect(plain("\x1b]8;;https://x.org\x1b\\link\x1b]8;;\x1b\\")).toBe("link");
  });
});
