import { afterEach, describe, expect, it, vi } from "vitest";
import { log, state } from "../harness/states";
import { clipboard, closeAll, open, type Page } from "./support";

const LINE = 18;

/** The lines that are drawn. */
const drawn = (page: Page): string[] =>
  [...page.get("log").querySelectorAll(":scope > div > div > div")].map(
    (each) => each.textContent ?? "",
  );
/** Waits for the frame in which that is true. */
const seen = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5 });
const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `line ${from + i}`);

function scroll(page: Page, top: number): void {
  const box = page.get("log");
  Object.defineProperty(box, "clientHeight", { value: 12 * LINE, configurable: true });
  Object.defineProperty(box, "scrollHeight", {
    get: () => Number(box.dataset.lines) * LINE,
    configurable: true,
  });
  box.scrollTop = top;
  box.dispatchEvent(new Event("scroll"));
}

afterEach(closeAll);

describe("the log on the page", () => {
  it("draws only what is visible of a hundred thousand lines, from their end", async () => {
    const page = await open([state("working"), log(numbered(0, 100_000))]);
    await seen(() => expect(drawn(page).at(-1)).toBe("line 99999"));
    expect(page.get("log").dataset.lines).toBe("100000");
    expect(page.get("log").getAttribute("role")).toBe("log");
    expect(drawn(page).length).toBeLessThan(40);
  });

  it("stays where the user scrolled to, and follows its end again", async () => {
    const page = await open([state("working"), log(numbered(0, 1000))]);
    await seen(() => expect(drawn(page).at(-1)).toBe("line 999"));
    scroll(page, 100 * LINE);
    await seen(() => expect(drawn(page)).toContain("line 100"));
    await page.say(log(numbered(1000, 10), 1000));
    await seen(() => expect(page.get("log").dataset.lines).toBe("1010"));
    expect(page.get("log").scrollTop).toBe(100 * LINE);
    expect(drawn(page)).toContain("line 100");
    scroll(page, 1010 * LINE - 12 * LINE);
    await page.say(log(numbered(1010, 10), 1010));
    await seen(() => expect(drawn(page).at(-1)).toBe("line 1019"));
  });

  it("shows colours, and never markup", async () => {
    const page = await open([state("working"), log(["\x1b[31m<img src=x>\x1b[0m"])]);
    await seen(() => expect(drawn(page)).toEqual(["<img src=x>"]));
    expect(page.get("log").querySelector("img")).toBeNull();
    const span = page.get("log").querySelector<HTMLElement>("[style*='--cw-ink-1']");
    expect(span?.textContent).toBe("<img src=x>");
  });

  it("is open while the session is on its way, and closed when it is up", async () => {
    const page = await open([state("working"), log(["a"])]);
    expect(page.find("log")).not.toBeNull();
    await page.click("log-toggle");
    expect(page.find("log")).toBeNull();
    expect(page.get("log-toggle").getAttribute("aria-expanded")).toBe("false");
    await page.say(state("connected"));
    expect(page.find("log")).toBeNull();
    await page.click("log-toggle");
    await seen(() => expect(drawn(page)).toEqual(["a"]));
    await page.say(state("failed"));
    expect(page.find("log")).not.toBeNull();
  });

  it("is copied whole, without colours", async () => {
    const clip = clipboard();
    const lines = ["\x1b[1mfirst\x1b[0m", "10 %\r100 %", ...numbered(2, 500)];
    const page = await open([state("working"), log(lines)]);
    await page.click("log-copy");
    expect(clip.text()).toBe(["first", "100 %", ...numbered(2, 500), ""].join("\n"));
  });

  it("is downloaded whole", async () => {
    let saved: Blob | undefined;
    URL.createObjectURL = (blob) => {
      saved = blob as Blob;
      return "blob:x";
    };
    const page = await open([state("working"), log(["\x1b[1ma", "b"])]);
    await page.click("log-download");
    expect(await saved?.text()).toBe("a\nb\n");
  });
});
