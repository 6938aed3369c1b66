import { afterEach, describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { open, turn, useTestTime } from "../../support";

const { details, LOAD } = kernel;
const GB = 1e9;
const use = (bytes: number | null): object => ({
  use: { connections: 2, bytes },
  options: { tunnel: "ngrok" },
});

useTestTime();

const pass = async (ms: number): Promise<void> => {
  vi.advanceTimersByTime(ms);
  await turn();
};

const connected = (more: object = {}): Record<string, unknown> =>
  kernel.state("connected", { details_revision: 1, ...more });
const asked = ({ model }: Awaited<ReturnType<typeof open>>): number =>
  model.sent.filter(({ type }) => type === "load").length;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("how busy the machine is", () => {
  it("is one line", async () => {
    const page = await open([connected(), details()]);
    await page.say({ type: "load", load: LOAD });
    expect(page.get("load").textContent).toBe(
      "CPU 12 % · 3.1 of 12.7 GB · GPU 37 %, 400 MB of 16 GB · disk 61 GB free",
    );
    await page.say({ type: "load", load: { ...LOAD, cpu: null, gpus: [], memory: null } });
    expect(page.get("load").textContent).toBe("disk 61 GB free");
    await page.say({ type: "load", load: { ...LOAD, gpus: [...LOAD.gpus, ...LOAD.gpus] } });
    expect(page.get("load").textContent).toContain("GPU 0 37 %, 400 MB of 16 GB · GPU 1 37 %");
  });

  it("has what has gone through a tunnel that counts it, and warns near its end", async () => {
    const page = await open([connected(use(12.4e6)), details()]);
    expect(page.get("load").textContent).toBe("12.4 MB through the tunnel of 1 GB a month");
    expect(page.get("traffic").className).toBe("");
    await page.say({ type: "load", load: LOAD });
    await page.say(connected(use(0.9 * GB)));
    expect(page.get("load").textContent).toContain("free · 900 MB through the tunnel of 1 GB");
    expect(page.get("traffic").className).toBe("cw-warn");
    await page.say(connected(use(null)));
    expect(page.find("traffic")).toBeNull();
  });

  it("is asked for every five seconds, once at a time", async () => {
    const page = await open([connected(), details()]);
    expect(asked(page)).toBe(1);
    await pass(5000);
    expect(asked(page)).toBe(1); // no answer has come: a cell runs
    await page.say({ type: "load", load: LOAD });
    for (const times of [2, 3]) {
      await pass(5000);
      expect(asked(page)).toBe(times);
      await page.say({ type: "load", load: { ...LOAD } });
    }
  });

  it("is asked for again soon where the processor's share is not known yet", async () => {
    const page = await open([connected(), details()]);
    await page.say({ type: "load", load: { ...LOAD, cpu: null } });
    await pass(2500);
    expect(asked(page)).toBe(2);
  });

  it("is not asked for while the page is hidden, or left alone for minutes", async () => {
    const page = await open([connected(), details()]);
    await page.say({ type: "load", load: LOAD });
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    await pass(20_000);
    expect(asked(page)).toBe(1);
    visibility.mockRestore();
    await pass(5000);
    expect(asked(page)).toBe(2);
    await page.say({ type: "load", load: { ...LOAD } });
    await pass(400_000);
    const before = asked(page);
    await page.say({ type: "load", load: { ...LOAD } });
    await pass(10_000);
    expect(asked(page)).toBe(before);
    window.dispatchEvent(new Event("pointermove"));
    await pass(5000);
    expect(asked(page)).toBe(before + 1);
  });

  it("is not told of a kernel that is gone, and asked no more by a card that is", async () => {
    const page = await open([connected(), details()]);
    await page.say({ type: "load", load: LOAD });
    page.close();
    await pass(20_000);
    expect(asked(page)).toBe(1);
  });
});
