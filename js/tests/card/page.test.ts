import { describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import * as kernel from "../../harness/states";
import card from "../../src/card/entry";
import { bundles } from "../../src/stub/bundles";
import stub from "../../src/stub/stub";
import { open, Page, turn, useTestTime } from "../support";

const { details, log, state } = kernel;
const connected = { details_revision: 1, endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } };
const up = [state("connected", connected), details()];

useTestTime();

describe("without a kernel", () => {
  it("asks, then says what to do, and recovers", async () => {
    const page = await open([], { phase: "connected" });
    expect(page.get("asking").textContent).toBe("Asking the kernel");
    vi.advanceTimersByTime(4000);
    await turn();
    expect(page.find("asking")).toBeNull();
    expect(page.get("dead").textContent).toBe("Run this cell to connect.");
    expect(page.find("connect")).toBeNull();
    await page.say(state("idle"));
    expect(page.find("dead")).toBeNull();
    expect(page.find("connect")).not.toBeNull();
  });

  it("keeps what was typed, and sends nothing", async () => {
    const page = await open([]);
    await page.type("token", "2abc");
    vi.advanceTimersByTime(4000);
    await turn();
    expect(page.get("dead").textContent).toBe("Run this cell to connect.");
    await page.click("connect");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
  });
});

describe("two views on one page", () => {
  it("have names of their own", async () => {
    const pages = [await open(), await open()];
    const [some, others] = pages.map(({ el }) =>
      [...el.querySelectorAll("[id], [name]")].map((each) => each.id || each.getAttribute("name")),
    );
    expect(some?.length).toBeGreaterThan(3);
    expect(some?.filter((name) => others?.includes(name))).toEqual([]);
  });

  it("show the same", async () => {
    const [one, other] = [await open(), await open()];
    for (const page of [one, other]) await page.say(...up);
    expect(one.text).toBe(other.text);
  });
});

describe("focus", () => {
  it("goes with the session when it was in the card", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.el.contains(document.activeElement)).toBe(true);
    await page.say(...up);
    expect(document.activeElement).toBe(page.el.querySelector("[data-focus=connected]"));
    await page.say(state("failed", { error: kernel.ERROR }));
    expect(document.activeElement).toBe(page.get("error"));
  });

  it("is not taken from elsewhere, nor on page load", async () => {
    const elsewhere = document.body.appendChild(document.createElement("input"));
    elsewhere.focus();
    const page = await open([state("failed", { error: kernel.ERROR })]);
    await page.say(state("working"), ...up);
    expect(document.activeElement).toBe(elsewhere);
    elsewhere.remove();
  });
});

describe("the notebook", () => {
  it("hears no key that is pressed in the card", async () => {
    const heard = vi.fn();
    for (const name of ["keydown", "keypress", "keyup"]) document.addEventListener(name, heard);
    bundles[kernel.CARD.hash] = Promise.resolve(card);
    const page = new Page(new FakeModel(kernel.traits()), stub.render);
    await page.say(state("idle"));
    for (const name of ["keydown", "keypress", "keyup"]) {
      page.get("token").dispatchEvent(new KeyboardEvent(name, { key: "x", bubbles: true }));
    }
    expect(heard).not.toHaveBeenCalled();
    expect(page.get("card").dataset.lmSuppressShortcuts).toBe("true");
    page.close();
    page.el.remove();
  });

  it("can draw the view in a shadow root, or move it there: it has its style sheet with it", async () => {
    const page = await open();
    expect(page.el.querySelector("style")).toBeNull();
    const host = document.body.appendChild(document.createElement("div"));
    host.attachShadow({ mode: "open" }).append(page.el);
    await page.say(state("working", { steps: kernel.STEPS }));
    expect(page.el.querySelector("style")).not.toBeNull();
    document.body.append(page.el);
    await page.say(state("idle"));
    expect(page.el.querySelector("style")).toBeNull();
    host.remove();
  });

  it("can take the view away, and nothing is left", async () => {
    const page = await open([state("working", { steps: kernel.STEPS })]);
    page.close();
    expect(page.el.innerHTML).toBe("");
    expect(page.model.listening).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    page.model.say(state("idle"));
    await turn();
    expect(page.el.innerHTML).toBe("");
  });

  it("can send anything at all", async () => {
    const page = await open([]);
    for (const phase of ["idle", "working", "connected", "reconnecting", "failed", "closing"]) {
      for (const part of [null, 3, "x", [], {}, [{}], [null]]) {
        const parts = {
          steps: part,
          error: part,
          endpoint: part,
          options: part,
          elapsed: part,
          desktop: part,
        };
        await page.say(
          { ...state(phase, { ...parts, details_revision: 1 }), host: part, last_reply: part },
          { ...details(), details: part },
          { ...details(), details: { ssh: part, desktop: part } },
          state(phase, { details_revision: 1, desktop: { phase, error: part } }),
          { ...log(["a"]), text: part },
        );
        expect(page.phase).toBe(phase);
      }
    }
  });
});
