import { afterEach, describe, expect, it, vi } from "vitest";
import { log, state } from "../../../harness/states";
import { clipboard, closeAll, open, type Page } from "../../support";

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

  it("stands still while the user looks, says what came, and follows again", async () => {
    const page = await open([state("working"), log(numbered(0, 1000))]);
    await seen(() => expect(drawn(page).at(-1)).toBe("line 999"));
    expect(page.get("log-count").textContent).toBe("1,000 lines");
    expect(page.find("log-follow")).toBeNull();
    scroll(page, 100 * LINE);
    await seen(() => expect(page.get("log-follow").textContent).toBe("Follow"));
    await page.say(log(numbered(1000, 1200), 1000));
    await seen(() => expect(page.get("log-follow").textContent).toBe("Follow (1,200 new)"));
    expect(page.get("log-count").textContent).toBe("2,200 lines");
    await page.click("log-follow");
    await seen(() => expect(drawn(page).at(-1)).toBe("line 2199"));
    expect(page.find("log-follow")).toBeNull();
    expect(document.activeElement).toBe(page.get("log"));
    await page.say(log(["one more"], 2200));
    await seen(() => expect(drawn(page).at(-1)).toBe("one more"));
  });

  it("says how much of it is here", async () => {
    const page = await open([state("working"), log([])]);
    await seen(() => expect(page.get("log-count").textContent).toBe("0 lines"));
    await page.say(log(["a"]));
    await seen(() => expect(page.get("log-count").textContent).toBe("1 line"));
    await page.say(state("working", { log_end: 5000 }));
    await seen(() => expect(page.get("log-count").textContent).toBe("1 of 5,000 lines"));
  });

  it("is searched", async () => {
    const page = await open([state("working"), log(numbered(0, 2000))]);
    await page.click("log-search");
    expect(document.activeElement).toBe(page.get("log-query"));
    await page.type("log-query", "LINE 17");
    await seen(() => expect(page.get("log-found").textContent).toBe("1 of 111"));
    await seen(() => expect(drawn(page)).toContain("line 17"));
    const current = (): string | undefined =>
      page.get("log").querySelector("[aria-current]")?.textContent ?? undefined;
    expect(current()).toBe("line 17");
    expect(page.get("log").querySelector("[aria-current] mark")?.textContent).toBe("line 17");
    expect(page.find("log-follow")).not.toBeNull();
    await page.press("log-query", "Enter");
    await seen(() => expect(page.get("log-found").textContent).toBe("2 of 111"));
    await seen(() => expect(current()).toBe("line 170"));
    await page.click("log-previous");
    await page.click("log-previous");
    await seen(() => expect(page.get("log-found").textContent).toBe("111 of 111"));
    await seen(() => expect(current()).toBe("line 1799"));
    await page.click("log-next");
    await seen(() => expect(current()).toBe("line 17"));
    page
      .get("log-query")
      .dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", shiftKey: true, bubbles: true }));
    await seen(() => expect(current()).toBe("line 1799"));
    await page.type("log-query", "nowhere");
    await seen(() => expect(page.get("log-found").textContent).toBe("Not found"));
    await page.press("log-query", "Escape");
    expect(page.find("log-query")).toBeNull();
    expect(document.activeElement).toBe(page.get("log-search"));
    await seen(() => expect(page.get("log").querySelector("mark")).toBeNull());
  });

  it("is searched with the browser's own keys", async () => {
    const page = await open([state("working"), log(["a"])]);
    const event = new KeyboardEvent("keydown", {
      key: "f",
      ctrlKey: true,
      bubbles: true,
      cancelable: true,
    });
    page.get("log").dispatchEvent(event);
    await seen(() => expect(document.activeElement).toBe(page.get("log-query")));
    expect(event.defaultPrevented).toBe(true);
  });

  it("is copied whole, without colours", async () => {
    const clip = clipboard();
    const lines = ["\x1b[1mfirst\x1b[0m", "10 %\r100 %\u202e", ...numbered(2, 500)];
    const page = await open([state("working"), log(lines)]);
    await page.click("log-copy");
    expect(clip.text()).toBe(["first", "10 %\\r100 %\\u202e", ...numbered(2, 500), ""].join("\n"));
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
