import { describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { answer, open, useTestTime } from "../../support";

type Content = Record<string, unknown>;

const { details, PRESENT } = kernel;
const connected = (more: Content = {}, around: Content = {}): Content =>
  kernel.state("connected", { details_revision: 1, ...more }, around);

useTestTime();

describe("who is in", () => {
  it("is told with kind, address, time, idling and the way in", async () => {
    const page = await open([connected({ present: PRESENT }), details()]);
    const rows = [...page.get("present").querySelectorAll("dt, dd > div")];
    expect(rows.map((each) => each.textContent)).toEqual([
      "SSH",
      "from 93.184.216.34 · for 4 min · by password",
      "SSH",
      "through the tunnel · for 1 h 2 min · idle 12 min · by key ana@laptop",
      "Terminal in a cell",
      "for 40 s",
    ]);
  });

  it("is told to be silent where it does not answer, and a desktop to be idle", async () => {
    const [first] = PRESENT;
    const view = { ...first, kind: "desktop", seconds: 400, idle: 130, address: "", way: "" };
    const present = [{ ...first, silent: 40 }, view];
    const page = await open([connected({ present }), details()]);
    const rows = [...page.get("present").querySelectorAll("dd > div")];
    expect(rows.map((each) => each.textContent)).toEqual([
      "from 93.184.216.34 · for 4 min · silent for 40 s · by password",
      "for 6 min · idle 2 min",
    ]);
  });

  it("is ended one by one, and the button waits for nothing else", async () => {
    const page = await open([connected({ present: PRESENT }), details()]);
    const [, second] = page.el.querySelectorAll<HTMLElement>("[data-testid=end-ssh]");
    expect(second?.getAttribute("aria-label")).toBe("End: SSH");
    second?.click();
    expect(page.model.last("end_presence")).toMatchObject({ name: "ssh-2" });
    await page.say(connected({ present: PRESENT }, answer(page, "end_presence", null)));
    expect(page.model.sent.filter(({ type }) => type === "end_presence")).toHaveLength(1);
    expect(page.phase).toBe("connected");
  });

  it("is nothing where none is in", async () => {
    const page = await open([connected(), details()]);
    expect(page.find("present")).toBeNull();
    expect(page.find("closing")).toBeNull();
  });
});

describe("a session that closes by itself", () => {
  it("says so quietly at first, counted on by the page", async () => {
    const page = await open([connected({ closing: { reason: "idle", seconds: 3600 } }), details()]);
    expect(page.get("closing").textContent).toContain("Closes in 1 h if no client signs in.");
    await vi.advanceTimersByTimeAsync(90_000);
    expect(page.get("closing").textContent).toContain("Closes in 58 min");
    await page.click("never-close");
    expect(page.model.last("keep_open")).toMatchObject({ for_good: true });
  });

  it("counts down near its end, and is kept open with a click", async () => {
    const page = await open([connected({ closing: { reason: "idle", seconds: 272 } }), details()]);
    expect(page.get("closing").getAttribute("role")).toBe("alert");
    expect(page.get("closes-in").textContent).toBe("4:32");
    await vi.advanceTimersByTimeAsync(2000);
    expect(page.get("closes-in").textContent).toBe("4:30");
    await page.click("keep-open");
    expect(page.model.last("keep_open")).toMatchObject({ for_good: false });
    const more = { closing: { reason: "idle", seconds: 3600 } };
    await page.say(connected(more, answer(page, "keep_open", null)));
    expect(page.find("keep-open")).toBeNull();
  });

  it("says that its time is over, where that is why", async () => {
    const page = await open([connected({ closing: { reason: "time", seconds: 60 } }), details()]);
    expect(page.get("closing").textContent).toContain("The session is about to end");
  });
});

describe("new passwords", () => {
  it.each([
    ["change-keep", false],
    ["change-end", true],
  ])("are made with %s", async (id, end) => {
    const page = await open([connected(), details()]);
    expect(page.find("change-passwords")).toBeNull();
    await page.click("new-passwords");
    await page.click(id);
    expect(page.model.last("change_passwords")).toMatchObject({ end });
    expect(page.find("change-passwords")).toBeNull();
    const reply = answer(page, "change_passwords", null);
    await page.say(
      connected({ details_revision: 2 }, reply),
      details({ ...kernel.SSH, password: "another-password" }, 2),
    );
    await page.click("show-password");
    expect(page.get("password").textContent).toBe("another-password");
    expect(page.find("moved")).toBeNull();
  });

  it("are not made where they are kept, or where a key alone signs in", async () => {
    const page = await open([connected(), details()]);
    await page.click("new-passwords");
    await page.click("change-not");
    expect(page.model.last("change_passwords")).toBeUndefined();
    await page.say(details({ ...kernel.SSH, password: null }, 2));
    expect(page.find("new-passwords")).toBeNull();
  });
});
