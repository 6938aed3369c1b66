import { describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { answer, clipboard, open, useTestTime } from "../../support";

type Content = Record<string, unknown>;

const { DESKTOP, DESKTOP_DONE, DESKTOP_ERROR, DESKTOP_STEPS, details, DONE, SSH, state } = kernel;

const connected = (
  phase: string,
  more: Content = {},
  around: Content = {},
  error: Content | null = null,
): Content =>
  state("connected", { details_revision: 1, desktop: { phase, error }, ...more }, around);
const installing = connected("working", { steps: [...DONE, ...DESKTOP_STEPS] });
const up = [
  connected("connected", { details_revision: 2, steps: [...DONE, ...DESKTOP_DONE] }),
  details(SSH, 2, DESKTOP),
];
const failed = connected("failed", {}, {}, DESKTOP_ERROR);

/** A view whose user has chosen the tab of the desktop. */
async function openTab(...given: Parameters<typeof open>): ReturnType<typeof open> {
  const page = await open(...given);
  await page.click("tab-desktop");
  return page;
}

useTestTime();

describe("a desktop on its way", () => {
  it("is among the steps from the start", async () => {
    const page = await open([state("working", { steps: [...kernel.STEPS, ...DESKTOP_STEPS] })]);
    expect(page.get("step-verify").textContent).toContain("Verify");
    expect(page.get("step-desktop").textContent).toContain("Desktop");
  });

  it("shows its own steps and progress in its tab, whose title tells it as well", async () => {
    const page = await open([installing, details()]);
    expect(page.phase).toBe("connected");
    expect(page.get("ssh-command").textContent).toBe(SSH.command);
    expect(page.get("tab-desktop").textContent).toBe("Desktop installing");
    await page.click("tab-desktop");
    expect(page.get("step-desktop_packages").dataset.status).toBe("running");
    expect(page.get("progress").getAttribute("aria-valuenow")).toBe("40");
    expect(page.text).toContain("unpacking xfce4-panel");
    expect(page.find("step-tunnel")).toBeNull();
    expect(page.find("vnc-password")).toBeNull();
  });

  it("can be cancelled, once, and SSH stays", async () => {
    const page = await openTab([installing, details()]);
    await page.click("desktop-cancel");
    await page.click("desktop-cancel");
    expect(page.model.sent.filter(({ type }) => type === "desktop")).toMatchObject([{ on: false }]);
    await page.say(connected("closing"));
    expect(page.text).toContain("Closing the desktop");
    expect(page.get("desktop-remove").getAttribute("aria-disabled")).toBe("true");
    await page.say(connected("idle", {}, answer(page, "desktop", null)));
    expect(page.get("desktop-add").textContent).toBe("Add desktop");
    await page.click("tab-terminal");
    expect(page.get("ssh-command").textContent).toBe(SSH.command);
  });

  it("is not cancelled by the second click of a double click on the button that adds it", async () => {
    const page = await openTab([installing, details()]);
    page.get("desktop-cancel").dispatchEvent(new MouseEvent("click", { detail: 2 }));
    expect(page.model.sent.filter(({ type }) => type === "desktop")).toEqual([]);
    page.get("desktop-cancel").dispatchEvent(new MouseEvent("click", { detail: 1 }));
    expect(page.model.sent.filter(({ type }) => type === "desktop")).toMatchObject([{ on: false }]);
  });
});

describe("a desktop that is there", () => {
  it("says what to do first, then what is needed, the passwords covered", async () => {
    const page = await openTab(up);
    const text = page.get("forward-command").closest("[role=tabpanel]")?.textContent ?? "";
    const order = [
      "In a terminal",
      DESKTOP.forward_command,
      DESKTOP.viewer_address,
      "VNC password",
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(-1);
    expect(page.get("desktop-server").textContent).toContain(DESKTOP.server);
    expect(page.get("desktop-server").textContent).toContain("Software OpenGL (no GPU)");
    expect(page.get("desktop-server").title).toBe(DESKTOP.renderer);
    for (const secret of [DESKTOP.password, DESKTOP.view_only_password]) {
      expect(page.el.innerHTML).not.toContain(secret);
    }
  });

  it("says that a GPU which is there does not draw, and how to look", async () => {
    const page = await openTab([up[0]!, details(SSH, 2, { ...DESKTOP, unused_gpu: "Tesla T4" })]);
    expect(page.get("desktop-server").textContent).toContain(
      "Software OpenGL (Tesla T4 is not used)",
    );
    expect(page.get("desktop-server").title).toContain("vglrun +v glxinfo -B");
  });

  it.each([
    ["vnc-password", DESKTOP.password],
    ["view-only-password", DESKTOP.view_only_password],
  ])("uncovers %s alone, and covers it again", async (id, secret) => {
    const page = await openTab(up);
    await page.click(`show-${id}`);
    expect(page.get(id).textContent).toBe(secret);
    expect(page.el.querySelectorAll("[aria-label=hidden]")).toHaveLength(2); // SSH's, another
    await page.click(`show-${id}`);
    expect(page.el.innerHTML).not.toContain(secret);
  });

  it.each([
    ["copy-forward", DESKTOP.forward_command],
    ["copy-vnc-password", DESKTOP.password],
    ["copy-view-only-password", DESKTOP.view_only_password],
  ])("copies with %s", async (id, text) => {
    const clip = clipboard();
    const page = await openTab(up);
    await page.click(id);
    expect(clip.text()).toBe(text);
    expect(page.get(id).textContent).toBe("Copied");
  });

  it.each([
    ["download-tigervnc", "colabwidget.tigervnc"],
    ["download-turbovnc", "colabwidget.vnc"],
  ] as const)("gives the connection file of %s", async (id, name) => {
    let saved: Blob | undefined;
    URL.createObjectURL = (blob) => {
      saved = blob as Blob;
      return "blob:x";
    };
    const names: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      names.push(this.download);
    });
    const page = await openTab(up);
    await page.click(id);
    expect(await saved?.text()).toBe(DESKTOP.connection_files[name]);
    expect(names).toEqual([name]);
  });

  it("is announced politely, and focus stays where it was", async () => {
    const page = await open([installing, details()]);
    page.get("copy-command").focus();
    const spoken = (): string =>
      [...page.el.querySelectorAll("[role=status]")].map((each) => each.textContent).join("|");
    expect(spoken()).toContain("Connected: Desktop packages");
    await page.say(...up);
    expect(spoken()).toContain("Connected: the desktop is ready");
    expect(document.activeElement).toBe(page.get("copy-command"));
    await page.say(failed);
    expect(spoken()).toContain(DESKTOP_ERROR.title);
    expect(document.activeElement).toBe(page.get("copy-command"));
  });

  it("can be removed, and its secrets with it", async () => {
    const page = await openTab(up);
    await page.click("show-vnc-password");
    await page.click("desktop-remove");
    expect(page.model.last("desktop")).toMatchObject({ on: false });
    await page.say(connected("closing", { details_revision: 2 }));
    expect(page.el.innerHTML).not.toContain(DESKTOP.password);
    await page.say(connected("idle", { details_revision: 3 }), details(SSH, 3));
    expect(page.find("forward-command")).toBeNull();
    expect(page.get("desktop-add").textContent).toBe("Add desktop");
    expect(document.activeElement).toBe(page.el.querySelector("[data-focus=connected]"));
    await page.say(connected("connected", { details_revision: 4 }), details(SSH, 4, DESKTOP));
    expect(page.el.innerHTML).not.toContain(DESKTOP.password);
  });

  it("is greyed while it comes back, SSH is not", async () => {
    const page = await openTab([...up, connected("reconnecting", { details_revision: 2 })]);
    expect(page.text).toContain("The desktop was lost and is coming back");
    const stale = (id: string) => page.get(id).closest<HTMLElement>("[data-stale]")?.dataset.stale;
    expect(stale("forward-command")).toBe("true");
    expect(page.get("tab-desktop").textContent).toBe("Desktop coming back");
    await page.click("tab-terminal");
    expect(stale("ssh-command")).toBe("false");
    await page.click("tab-desktop");
    await page.say(up[0]!);
    expect(stale("forward-command")).toBe("false");
  });

  it("is greyed with SSH, and offers nothing meanwhile", async () => {
    const desktop = { phase: "connected", error: null };
    const lost = state("reconnecting", { details_revision: 2, desktop });
    const page = await openTab([...up, lost]);
    expect(page.get("forward-command").closest("[data-stale=true]")).not.toBeNull();
    expect(page.find("desktop-remove")).toBeNull();
  });
});

describe("a desktop that failed", () => {
  it("says what happened, why and what to do, and leaves SSH as it is", async () => {
    const page = await openTab([failed, details()]);
    const box = page.get("desktop-failed");
    const { title, cause, remedy, link } = DESKTOP_ERROR;
    for (const part of [title, cause, remedy]) expect(box.textContent).toContain(part);
    expect(box.querySelector("a")?.href).toBe(link);
    expect(page.phase).toBe("connected");
    expect(page.get("tab-desktop").textContent).toBe("Desktop failed");
    await page.click("tab-terminal");
    expect(page.get("ssh-command").textContent).toBe(SSH.command);
  });

  it("is tried again, and focus is not lost with the button", async () => {
    const page = await openTab([failed, details()]);
    await page.click("desktop-retry");
    expect(page.model.last("desktop")).toMatchObject({ on: true });
    await page.say(connected("working", { revision: 4 }, answer(page, "desktop", null)));
    expect(page.find("desktop-failed")).toBeNull();
    expect(document.activeElement).toBe(page.el.querySelector("[data-focus=connected]"));
  });

  it("is put away", async () => {
    const page = await openTab([failed, details()]);
    await page.click("desktop-remove");
    expect(page.model.last("desktop")).toMatchObject({ on: false });
  });
});

describe("a session without a desktop", () => {
  it("gets one, with the options as they are, and focus stays", async () => {
    const page = await openTab([connected("idle"), details()], { geometry: "1280x720" });
    await page.click("desktop-add");
    await page.click("desktop-add");
    const asked = page.model.sent.filter(({ type }) => type === "desktop");
    expect(asked).toMatchObject([{ on: true, options: { geometry: "1280x720", depth: 24 } }]);
    await page.say(
      connected("working", { revision: 4, steps: DESKTOP_STEPS }, answer(page, "desktop", null)),
    );
    expect(document.activeElement).toBe(page.get("desktop-cancel"));
  });

  it("says why it gets none", async () => {
    const page = await openTab([connected("idle"), details()]);
    await page.click("desktop-add");
    await page.say(connected("idle", {}, answer(page, "desktop", kernel.ERROR)));
    expect(page.get("refused").textContent).toContain(kernel.ERROR.title);
    await page.click("refused-read");
    expect(page.find("refused")).toBeNull();
    expect(page.get("desktop-add").getAttribute("aria-disabled")).toBe("false");
  });
});
