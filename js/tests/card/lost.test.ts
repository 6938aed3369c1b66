import { describe, expect, it, vi } from "vitest";
import * as kernel from "../../harness/states";
import { clipboard, open, type Page, turn, useTestTime } from "../support";

const { details, state } = kernel;
const connected = { details_revision: 1, endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } };
const up = [state("connected", connected), details()];
const COMMAND = "python -m colabwidget disconnect";

useTestTime();

/** ipywidgets marks the view of a widget whose kernel was restarted. */
const restart = async (page: Page): Promise<void> => {
  page.el.className = "jupyter-widgets-disconnected";
  page.model.emit("comm_live_update");
  await turn();
};
const pass = async (ms: number): Promise<void> => {
  vi.advanceTimersByTime(ms);
  await turn();
};

describe("a card whose kernel was restarted", () => {
  it("says so in its header at once, and how the door is closed", async () => {
    const clip = clipboard();
    const page = await open(up);
    await restart(page);
    const head = page.el.querySelector(".cw-head")!;
    expect(head.textContent).toContain("Kernel restarted · was connected");
    expect(head.querySelector(".cw-good")).toBeNull();
    expect(page.get("card").dataset).toMatchObject({ phase: "connected", lost: "gone" });
    const box = page.get("gone");
    expect(box.getAttribute("role")).toBe("alert");
    expect(box.textContent).toMatch(/shows how it was at \d\d:\d\d.*may still be open/);
    expect(box.textContent).toContain("Run this cell again");
    expect(page.get("close-command").textContent).toBe(COMMAND);
    await page.click("copy-close");
    expect(clip.text()).toBe(COMMAND);
    // What is said to a screen reader is no claim of the present either.
    const spoken = [...page.el.querySelectorAll("[role=status]")].map((each) => each.textContent);
    expect(spoken.filter((text) => text?.startsWith("Connected"))).toEqual([]);
  });

  it("has no action that would need it, and keeps the details", async () => {
    const page = await open(up);
    await page.click("tab-desktop");
    await restart(page);
    const before = page.model.sent.length;
    for (const id of ["disconnect", "desktop-add"]) {
      expect(page.get(id).getAttribute("aria-disabled")).toBe("true");
      await page.click(id);
    }
    expect(page.model.sent).toHaveLength(before);
    expect(page.get("disconnect").textContent).toBe("Disconnect");
    expect(page.find("open-terminal")).toBeNull();
    await page.click("tab-terminal");
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
  });

  it.each(["working", "reconnecting", "closing"])("counts no time on: %s", async (phase) => {
    const page = await open([state(phase, { elapsed: 7, steps: kernel.STEPS })]);
    await restart(page);
    await pass(5000);
    const head = page.el.querySelector(".cw-head")!.textContent;
    expect(head).toMatch(/Kernel restarted · was (connecting|reconnecting|disconnecting)$/);
  });

  it("asks to run the cell where nothing was open", async () => {
    const page = await open([state("idle")]);
    await restart(page);
    expect(page.phase).toBe("dead");
    expect(page.get("dead").textContent).toBe("Kernel restarted. Run this cell again to connect.");
    expect(page.find("connect")).toBeNull();
  });

  it("leaves what was typed in its form, and connects nothing", async () => {
    const page = await open([state("idle")]);
    await page.type("token", "2abc");
    await restart(page);
    await page.click("connect");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
  });

  it("is as it was once the kernel speaks", async () => {
    const page = await open(up);
    await restart(page);
    page.el.className = "";
    await page.say(up[0]!);
    expect(page.find("gone")).toBeNull();
    expect(page.text).toContain("Connected · 0.tcp.eu.ngrok.io");
  });
});

describe("a click that a kernel does not answer", () => {
  it("says in the end what to do, and can be made again", async () => {
    const page = await open(up);
    await page.click("disconnect");
    expect(page.get("disconnect").textContent).toBe("Disconnecting");
    await pass(8000);
    expect(page.get("disconnect").textContent).toBe("Disconnect");
    expect(page.text).toContain("Kernel not responding · was connected");
    const box = page.get("silent").textContent;
    expect(box).toContain("The last click was not answered. If you restarted it, run this cell");
    expect(box).toContain(COMMAND);
    await page.click("disconnect");
    expect(page.model.sent.filter(({ type }) => type === "disconnect")).toHaveLength(2);
  });

  it("waits while the kernel is busy with a cell", async () => {
    const page = await open([state("connected", connected, { clicks_wait: true }), details()]);
    await page.click("disconnect");
    await pass(1500);
    expect(page.get("clicks-wait").textContent).toBe(
      "Waiting for the kernel, which takes clicks between cells.",
    );
    await page.say({ type: "busy", pause: 5 });
    expect(page.get("clicks-wait").textContent).toContain("busy with a cell");
    for (let i = 0; i < 60; i++) {
      await page.say({ type: "busy", pause: 5 });
      await pass(5000);
    }
    expect(page.find("silent")).toBeNull();
    expect(page.get("disconnect").textContent).toBe("Disconnecting");
    // Restarted under a page that is told nothing of it.
    await pass(60_000);
    expect(page.find("clicks-wait")).toBeNull();
    expect(page.get("silent").textContent).toContain("run this cell again");
  });

  it("is told in a form too, which is there again", async () => {
    const page = await open([state("idle")]);
    await page.type("token", "2abcdefghijklmnopqrstuvwxyz0123456789");
    await page.click("connect");
    expect(page.phase).toBe("working");
    await pass(8000);
    expect(page.phase).toBe("idle");
    expect(page.get("silent").textContent).toContain("The last click was not answered.");
  });
});
