import { beforeEach, describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import type { Bundle } from "../../../src/wire/bytes";
import { open, turn, useTestTime } from "../../support";

type Content = Record<string, unknown>;

const { DESKTOP, DESKTOP_DONE, DESKTOP_STEPS, details, DONE, OPTIONS, SSH, state } = kernel;

/** Of each view that was drawn: what it was given, and whether it has ended. */
let drawn: { model: Parameters<Bundle>[0]["model"]; ended: boolean }[] = [];

const bundle: Bundle = ({ model, el }) => {
  const root = document.createElement("section");
  root.className = "cws";
  const tools = document.createElement("span");
  tools.className = "cws-tools";
  root.append(tools, document.createElement("textarea"));
  el.append(root);
  const one = { model, ended: false };
  drawn.push(one);
  return () => {
    one.ended = true;
    root.remove();
  };
};

const page = globalThis as { colabwidgetBundles?: Record<string, Promise<Bundle>> };

useTestTime();
beforeEach(() => {
  drawn = [];
  page.colabwidgetBundles ??= {};
  for (const kind of ["desktop", "terminal"]) {
    page.colabwidgetBundles[kind] = Promise.resolve(bundle);
  }
});

const NO_TUNNEL = { tunnel: "none" };
/** This widget has asked for it. */
const OPEN = { inside: { desktop: true } };
const here = (phase: string, around: Content = {}, steps: Content[] = DESKTOP_DONE): Content =>
  state(
    "connected",
    {
      options: { ...OPTIONS, ...NO_TUNNEL, ssh: false, desktop: true },
      steps: [...DONE.slice(0, 1), ...steps],
      desktop: { phase, error: null },
    },
    around,
  );
const up = [
  state("connected", { details_revision: 2, desktop: { phase: "connected", error: null } }),
  details(SSH, 2, DESKTOP),
];

describe("the form's first row", () => {
  it("is there beside each choice, and a tunnel of none leaves nothing to ask for", async () => {
    const page = await open([state("idle")], { ...NO_TUNNEL, desktop: true });
    for (const name of ["token", "region", "address", "server", "ssh", "desktop", "more"])
      expect(page.find(name)).toBeNull();
    expect(page.find("tunnel-none")).toBeNull();
    expect(page.get("open-terminal").textContent).toBe("Terminal");
    expect(page.get("open-desktop").textContent).toBe("Desktop");
    await page.click("connect");
    expect(page.get("field-error").textContent).toBe("Choose a tunnel first.");
    expect(page.model.last("connect")).toBeUndefined();
  });

  it("opens a terminal without a session, focuses it and closes it", async () => {
    const page = await open([state("idle")]);
    await page.click("open-terminal");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.model.last("show")).toEqual({ type: "show", kind: "terminal", on: true });
    expect(drawn).toHaveLength(1);
    expect(document.activeElement?.tagName).toBe("TEXTAREA");
    expect(page.phase).toBe("idle");
    expect(page.get("connect")).toBeTruthy();
    // It stands where it was.
    expect(page.get("open-terminal").textContent).toBe("Close terminal");
    await page.click("open-terminal");
    expect(page.find("inside-terminal")).toBeNull();
    expect(page.get("open-terminal").textContent).toBe("Terminal");
  });

  it("connects for a desktop alone, whatever the form has, and sends no secret", async () => {
    const page = await open([state("idle")], { desktop: true, ssh: true });
    await page.type("token", "2abc");
    await page.click("more");
    await page.type("public-key", "ssh-ed25519 AAAA me@here");
    await page.click("open-terminal");
    await page.click("open-desktop");
    expect(page.model.last("connect")).toMatchObject({
      token: "",
      token_secret: "",
      public_key: "",
      options: { tunnel: "none", ssh: false, desktop: true },
    });
    expect(page.model.traits).toMatchObject({ tunnel: "ngrok", ssh: true });
    expect(page.phase).toBe("working");
    expect(page.find("inside-terminal")).not.toBeNull();
    expect(page.find("inside-desktop")).toBeNull();
    await page.say(here("connected"));
    expect(page.get("inside-desktop")).toBeTruthy();
    expect(drawn.filter(({ ended }) => ended)).toHaveLength(0);
  });

  it("says why there is no terminal where the page forbids what it takes", async () => {
    page.colabwidgetBundles!["terminal"] = Promise.reject(new Error("CSP"));
    const view = await open([]);
    await view.click("open-terminal");
    await turn();
    expect(drawn).toEqual([]);
    expect(view.get("loading").textContent).toBe("This page does not allow what the view needs.");
    expect(view.get("close-terminal")).toBeTruthy();
  });
});

describe("a session in this notebook only", () => {
  it("has steps, the desktop once it is there, and no details", async () => {
    const page = await open([here("working", {}, DESKTOP_STEPS)]);
    expect(page.text).toContain("Connected · in this notebook only");
    expect(page.get("progress")).toBeTruthy();
    expect(page.find("inside-desktop")).toBeNull();
    expect(page.text).not.toContain("Waiting for the connection details");
    for (const id of ["desktop-remove", "desktop-cancel", "ssh-command"])
      expect(page.find(id)).toBeNull();
    await page.say(here("connected", OPEN));
    expect(page.get("inside-desktop")).toBeTruthy();
    expect(page.get("open-desktop").textContent).toBe("Close desktop");
    expect(page.get("disconnect")).toBeTruthy();
  });

  it("that another cell began shows its desktop only where it is opened", async () => {
    const page = await open([here("connected", { inside: {} })]);
    expect(page.text).toContain("Connected · in this notebook only");
    expect(page.find("inside-desktop")).toBeNull();
    await page.click("open-desktop");
    expect(page.get("inside-desktop")).toBeTruthy();
  });

  it("opens a desktop that is added to it", async () => {
    const page = await open([here("idle", { inside: {} })]);
    await page.click("desktop-add");
    expect(page.model.last("show")).toEqual({ type: "show", kind: "desktop", on: true });
    await page.say(here("connected", { inside: { desktop: true } }));
    expect(page.get("inside-desktop")).toBeTruthy();
  });

  it("keeps the view while a lost desktop comes back, and ends it with the session", async () => {
    const page = await open([here("connected", OPEN)]);
    await page.say(here("reconnecting", OPEN));
    expect(page.text).toContain("The desktop was lost and is coming back");
    expect(drawn.map(({ ended }) => ended)).toEqual([false]);
    await page.say(state("closing", { options: { ...OPTIONS, ...NO_TUNNEL } }));
    expect(page.text).toContain("Closing the desktop");
    expect(drawn.map(({ ended }) => ended)).toEqual([true]);
  });

  it("can be closed in the page and opened again", async () => {
    const page = await open([here("connected", OPEN)]);
    const close = page.get("close-desktop");
    // Where a key leads out of it.
    expect(close.closest(".cws-tools")).not.toBeNull();
    expect(close.getAttribute("aria-label")).toBe("Close desktop");
    await page.click("close-desktop");
    expect(page.model.last("show")).toEqual({ type: "show", kind: "desktop", on: false });
    expect(page.find("inside-desktop")).toBeNull();
    expect(page.model.last("disconnect")).toBeUndefined();
    await page.click("open-desktop");
    expect(page.get("inside-desktop")).toBeTruthy();
    expect(drawn.map(({ ended }) => ended)).toEqual([true, false]);
  });
});

describe("beside a tunnel", () => {
  it("both are opened where they are wanted, and not before", async () => {
    const page = await open(up);
    expect(page.find("inside-desktop") ?? page.find("inside-terminal")).toBeNull();
    expect(page.get("open-terminal").closest<HTMLElement>("[hidden]")).not.toBeNull();
    await page.click("details-toggle");
    expect(page.get("open-files").closest<HTMLElement>("[hidden]")).toBeNull();
    await page.click("open-desktop");
    await page.click("open-terminal");
    expect(page.get("inside-desktop") && page.get("inside-terminal")).toBeTruthy();
    expect(page.get("open-desktop").getAttribute("aria-expanded")).toBe("true");
    expect(page.get("open-terminal").textContent).toBe("Close terminal");
    expect(page.model.sent.filter(({ type }) => type === "show")).toHaveLength(2);
    await page.click("close-terminal");
    expect(page.find("inside-terminal")).toBeNull();
    expect(page.el.contains(document.activeElement)).toBe(true);
  });

  it("what another view opened, or this one before it was loaded again, is open", async () => {
    const inside = { desktop: true, terminal: true };
    const page = await open([{ ...up[0], inside }, up[1]!]);
    expect(drawn).toHaveLength(2);
    // Focus stays where it is: nobody has asked here.
    expect(page.el.contains(document.activeElement)).toBe(false);
    await page.say(state("idle", {}, { inside }));
    expect(page.find("inside-desktop")).toBeNull();
    expect(page.get("inside-terminal")).toBeTruthy();
  });

  it("what ends with the session is closed by the kernel, what goes on is not", async () => {
    const page = await open(up);
    await page.click("open-terminal");
    await page.say({ ...up[0], inside: { terminal: true } });
    await page.say(state("closing", {}, { inside: { terminal: true } }));
    expect(page.get("inside-terminal")).toBeTruthy();
    await page.say(state("idle", {}, { inside: { terminal: false } }));
    expect(page.find("inside-terminal")).toBeNull();
    expect(drawn.map(({ ended }) => ended)).toEqual([true]);
  });

  it("a click counts until the kernel has heard of it", async () => {
    const page = await open([{ ...up[0], inside: { terminal: false } }, up[1]!]);
    await page.click("open-terminal");
    await page.say({ ...up[0], inside: { terminal: false } });
    expect(page.get("inside-terminal")).toBeTruthy();
    await page.say({ ...up[0], inside: { terminal: true } });
    await page.click("close-terminal");
    await page.say({ ...up[0], inside: { terminal: true } });
    expect(page.find("inside-terminal")).toBeNull();
  });

  it.each([undefined, null, 1, { desktop: "yes", terminal: 1 }])(
    "shows nothing for a message that says %o",
    async (inside) => {
      await open([{ ...up[0], inside }, up[1]!]);
      expect(drawn).toHaveLength(0);
    },
  );
});

describe("what a view says", () => {
  it("goes through the card's own channel, and it hears what is meant for it", async () => {
    const page = await open([state("idle", {}, { inside: { terminal: true } })]);
    const { model } = drawn[0]!;
    const heard = vi.fn();
    model.on("msg:custom", heard);
    model.send({ type: "open", stream: "s" });
    expect(page.model.last("inside")).toEqual({
      type: "inside",
      kind: "terminal",
      content: { type: "open", stream: "s" },
    });

    const news = { type: "opened", stream: "s" };
    const bytes = [new DataView(new ArrayBuffer(3))];
    page.model.emit("msg:custom", { type: "inside", kind: "terminal", content: news }, bytes);
    page.model.emit("msg:custom", { type: "inside", kind: "desktop", content: news }, []);
    page.model.emit("msg:custom", null, []);
    await page.say(state("idle", {}, { inside: { terminal: true } }));
    expect(heard.mock.calls).toEqual([[news, bytes]]);
    model.off("msg:custom", heard);
    page.model.emit("msg:custom", { type: "inside", kind: "terminal", content: news }, []);
    await turn();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("leaves no listener behind", async () => {
    const page = await open([here("connected", { inside: { desktop: true, terminal: true } })]);
    expect(drawn).toHaveLength(2);
    page.close();
    expect(page.model.listening).toBe(0);
    expect(drawn.every(({ ended }) => ended)).toBe(true);
  });
});
