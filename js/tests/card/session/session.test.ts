import { describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { answer, clipboard, open, turn, useTestTime } from "../../support";

const { details, state } = kernel;
const connected = { details_revision: 1, endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } };
const up = [state("connected", connected), details()];

useTestTime();

describe("what has come through a tunnel", () => {
  const used = (bytes: number | null, connections = 12) =>
    state("connected", {
      ...connected,
      options: { ...kernel.OPTIONS, tunnel: "ngrok" },
      use: { connections, bytes },
    });

  it("is told where it is counted, with the page of the account", async () => {
    const page = await open([used(3_449_000), details()]);
    expect(page.get("use").textContent).toBe("12 connections, 3.4 MB");
    expect(page.get<HTMLAnchorElement>("usage").href).toBe("https://dashboard.ngrok.com/usage");
    await page.say(used(null, 1));
    expect(page.get("use").textContent).toBe("1 connection");
  });

  it("is left out where it is not", async () => {
    expect((await open(up)).find("use")).toBeNull();
  });
});

describe("a session on its way", () => {
  const working = state("working", { steps: kernel.STEPS, elapsed: 7 });

  it("shows its steps, its progress and its time", async () => {
    const page = await open([working]);
    expect(page.get("step-packages").dataset.status).toBe("done");
    expect(page.get("step-packages").textContent).toContain("2.1 s");
    expect(page.get("step-tunnel").dataset.status).toBe("running");
    const bar = page.get("progress");
    expect(bar.getAttribute("role")).toBe("progressbar");
    expect(bar.getAttribute("aria-valuenow")).toBe("63");
    expect(page.text).toContain("6.2 of 9.8 MB");
    expect(page.text).toContain("Connecting · 0:07");
    vi.advanceTimersByTime(3000);
    await turn();
    expect(page.text).toContain("Connecting · 0:10");
  });

  it("has a bar without an end where the progress is not known", async () => {
    const steps = [kernel.step("check", "Check", "running")];
    const page = await open([state("working", { steps })]);
    expect(page.get("progress").hasAttribute("aria-valuenow")).toBe(false);
  });

  it("can be cancelled, once", async () => {
    const page = await open([working]);
    await page.click("cancel");
    await page.click("cancel");
    expect(page.model.sent.filter(({ type }) => type === "cancel")).toHaveLength(1);
    expect(page.text).toContain("Cancelling");
    await page.say(state("idle", {}, answer(page, "cancel", null)));
    expect(page.phase).toBe("idle");
  });

  it("says so when this kernel takes clicks between cells only", async () => {
    const page = await open([state("working", {}, { clicks_wait: true })]);
    await page.click("cancel");
    expect(page.find("clicks-wait")).toBeNull();
    vi.advanceTimersByTime(1500);
    await turn();
    expect(page.get("clicks-wait").textContent).toContain("between cells");
  });

  it("shows the SSH details while the rest is still on its way", async () => {
    const page = await open([state("working", { ...connected, steps: kernel.STEPS }), details()]);
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
    expect(page.find("cancel")).not.toBeNull();
  });

  it("is seen by a view that is opened late, and by two views alike", async () => {
    const page = await open([working]);
    const other = await open([working]);
    expect(other.get("step-tunnel").dataset.status).toBe(page.get("step-tunnel").dataset.status);
  });
});

describe("a connection", () => {
  it("says for how long it is open, and counts on", async () => {
    const page = await open([state("connected", { ...connected, elapsed: 719 }), details()]);
    expect(page.text).toContain("Connected 11 min · 0.tcp.eu.ngrok.io");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(page.text).toContain("Connected 12 min · 0.tcp.eu.ngrok.io");
  });

  it("shows what is needed, the password covered", async () => {
    const page = await open(up);
    expect(page.phase).toBe("connected");
    expect(page.text).toContain("Connected · 0.tcp.eu.ngrok.io");
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
    expect(page.get("fingerprint").textContent).toBe(kernel.SSH.fingerprint);
    expect(page.get("verified").textContent).toBe("tested through the tunnel");
    expect(page.get("ssh-config").textContent).toBe(kernel.SSH.config);
    expect(page.get("known-hosts").textContent).toBe(kernel.SSH.known_hosts);
    expect(page.el.innerHTML).not.toContain(kernel.SSH.password);
    await page.click("show-password");
    expect(page.get("password").textContent).toBe(kernel.SSH.password);
    await page.click("show-password");
    expect(page.el.innerHTML).not.toContain(kernel.SSH.password);
  });

  it.each([
    ["copy-command", kernel.SSH.command],
    ["copy-password", kernel.SSH.password],
    ["copy-fingerprint", kernel.SSH.fingerprint],
    ["copy-config", kernel.SSH.config],
    ["copy-known-hosts", kernel.SSH.known_hosts],
  ])("copies with %s, and says so for two seconds", async (id, text) => {
    const clip = clipboard();
    const page = await open(up);
    await page.click(id);
    expect(clip.text()).toBe(text);
    expect(page.get(id).textContent).toBe("Copied");
    const spoken = [...page.el.querySelectorAll("[role=status]")].map((each) => each.textContent);
    expect(spoken).toContain("Copied");
    vi.advanceTimersByTime(2000);
    await turn();
    expect(page.get(id).textContent).toBe("Copy");
  });

  it("says why it is not verified, and that there is no password", async () => {
    const ssh = { verified: false, verified_reason: "no way back in", password: null };
    const page = await open([up[0]!, details({ ...kernel.SSH, ...ssh })]);
    expect(page.get("verified").textContent).toBe("not tested: no way back in");
    expect(page.find("password")).toBeNull();
    expect(page.text).toContain("your key only");
  });

  it("announces a new address until it is read or copied", async () => {
    clipboard();
    const page = await open(up);
    const moved = [
      state("connected", { ...connected, details_revision: 2 }),
      details({ ...kernel.SSH, command: "ssh elsewhere" }, 2),
    ];
    await page.say(...moved);
    expect(page.get("moved").textContent).toContain("The address changed");
    expect(page.get("ssh-command").textContent).toBe("ssh elsewhere");
    await page.click("moved-read");
    expect(page.find("moved")).toBeNull();
    await page.say(details({ ...kernel.SSH, command: "ssh again" }, 3));
    expect(page.find("moved")).not.toBeNull();
    await page.click("copy-command");
    expect(page.find("moved")).toBeNull();
  });

  it("greys the details and says why while it reconnects", async () => {
    const steps = [
      kernel.step("tunnel", "Tunnel", "running", { detail: "starting the agent" }),
      kernel.step("verify", "Verify", "running", { detail: "no network" }),
    ];
    const page = await open([...up, state("reconnecting", { ...connected, steps, elapsed: 900 })]);
    expect(page.get("banner").textContent).toContain("The connection was lost: no network");
    expect(page.el.querySelector("[role=status]")?.textContent).toBe("Reconnecting: no network");
    expect(page.el.querySelector("[data-stale=true]")).not.toBeNull();
    expect(page.text).toContain("Reconnecting · 0:00");
    vi.advanceTimersByTime(5000);
    await turn();
    expect(page.text).toContain("Reconnecting · 0:05");
  });

  it("asks once before it ends where somebody is signed in", async () => {
    const page = await open(up);
    await page.click("disconnect");
    expect(page.model.last("disconnect")).toMatchObject({ force: false });
    const error = { ...kernel.ERROR, code: "clients_connected", title: "Two are signed in." };
    await page.say(state("connected", connected, answer(page, "disconnect", error)));
    expect(page.text).toContain("Two are signed in.");
    await page.click("disconnect-keep");
    expect(page.find("disconnect-confirm")).toBeNull();
    await page.click("disconnect");
    await page.say(state("connected", connected, answer(page, "disconnect", error)));
    await page.click("disconnect-confirm");
    expect(page.model.last("disconnect")).toMatchObject({ force: true });
    await page.say(state("closing", connected), state("idle"));
    expect(page.phase).toBe("idle");
    expect(page.el.innerHTML).not.toContain(kernel.SSH.command);
  });

  it("asks before it takes a desktop away on which windows are open", async () => {
    const there = { ...connected, desktop: { phase: "connected", error: null } };
    const page = await open([state("connected", there), details(kernel.SSH, 1, kernel.DESKTOP)]);
    await page.click("tab-desktop");
    await page.click("desktop-remove");
    expect(page.model.last("desktop")).toMatchObject({ on: false, force: false });
    const error = { ...kernel.ERROR, code: "windows_open", title: "Two windows are open." };
    await page.say(state("connected", there, answer(page, "desktop", error)));
    expect(page.text).toContain("Two windows are open.");
    expect(page.get("disconnect-keep").textContent).toBe("Keep the desktop");
    expect(page.get("disconnect-confirm").textContent).toBe("Remove anyway");
    await page.click("disconnect-confirm");
    expect(page.model.last("desktop")).toMatchObject({ on: false, force: true });
  });

  it("forgets the password with the session", async () => {
    const page = await open(up);
    await page.click("show-password");
    await page.say(state("idle"), ...up);
    expect(page.el.innerHTML).not.toContain(kernel.SSH.password);
  });
});

describe("a failure", () => {
  const failed = state("failed", { error: kernel.ERROR, steps: kernel.STEPS });

  it("says what happened, why and what to do, with the link", async () => {
    const page = await open([failed]);
    const box = page.get("error");
    expect(box.dataset.code).toBe(kernel.ERROR.code);
    for (const part of [kernel.ERROR.title, kernel.ERROR.cause, kernel.ERROR.remedy]) {
      expect(box.textContent).toContain(part);
    }
    expect(box.querySelector("a")?.href).toBe(kernel.ERROR.link);
    expect(page.find("token")).toBeNull();
  });

  it("goes back to the form, which stays while the state is told again", async () => {
    const page = await open([failed], { region: "eu" });
    await page.click("try-again");
    expect(page.phase).toBe("idle");
    expect(document.activeElement).toBe(page.get("token"));
    expect(page.get<HTMLSelectElement>("region").value).toBe("eu");
    await page.say(failed);
    expect(page.find("error")).toBeNull();
  });

  it("hands out a report", async () => {
    const clip = clipboard();
    const page = await open([{ ...failed, report: "what Python made of it" }]);
    await page.click("copy-report");
    expect(clip.text()).toBe("what Python made of it");
    expect(page.get("copy-report").textContent).toBe("Copied");
    await page.say({ ...failed, report: null });
    await page.click("copy-report");
    const { title, cause, remedy } = kernel.ERROR;
    expect(clip.text()).toBe([title, cause, remedy].join("\n"));
  });

  it("can be ended where something was kept, and asks where somebody is signed in", async () => {
    const kept = { error: kernel.ERROR, kept: true };
    const page = await open([failed]);
    expect(page.find("disconnect")).toBeNull();
    await page.say(state("failed", kept));
    expect(page.text).toContain("Try again goes on with it");
    await page.click("disconnect");
    expect(page.phase).toBe("failed");
    await page.say(state("failed", kept), state("failed", { ...kept, revision: 4 }));
    expect(page.get("disconnect").textContent).toBe("Disconnecting");
    const error = { ...kernel.ERROR, code: "clients_connected" };
    await page.say(state("failed", kept, answer(page, "disconnect", error)));
    await page.click("disconnect-confirm");
    expect(page.model.last("disconnect")).toMatchObject({ force: true });
    await page.say(state("closing"), state("idle", {}, answer(page, "disconnect", null)));
    expect(page.phase).toBe("idle");
  });

  it("is told even without a reason", async () => {
    const page = await open([state("failed")]);
    expect(page.get("error").textContent).toContain("The session ended");
  });
});

describe("a backend of another version", () => {
  const refused = { epoch: "", revision: 0, error: kernel.OTHER_VERSION };

  it("is ended with one click, and then there is the form", async () => {
    const page = await open([state("failed", refused)]);
    expect(page.find("try-again")).toBeNull();
    await page.click("restart");
    await page.click("restart");
    expect(page.model.sent.filter(({ type }) => type === "restart")).toHaveLength(1);
    expect(page.model.last("restart")).toEqual({ type: "restart", request: expect.any(String) });
    await page.say(state("failed", refused));
    expect(page.phase).toBe("failed");
    expect(page.get("restart").textContent).toBe("Restarting");
    const done = { epoch: "", revision: 0 };
    await page.say(state("idle", done, answer(page, "restart", null)));
    expect(page.phase).toBe("idle");
    expect(page.find("connect")).not.toBeNull();
  });

  it("stays on show where it could not be ended, with the reason", async () => {
    const page = await open([state("failed", refused)]);
    await page.click("restart");
    await page.say(state("failed", refused, answer(page, "restart", kernel.ERROR)));
    expect(page.get("restart").textContent).toBe("Restart the backend");
    expect(page.text).toContain(kernel.ERROR.title);
  });

  it("is not hidden by the form when a click on Connect met it first", async () => {
    const page = await open([state("idle")], { tunnel: "direct" });
    await page.click("connect");
    await page.say(state("failed", refused, answer(page, "connect", kernel.OTHER_VERSION)));
    expect(page.find("restart")).not.toBeNull();
  });
});
