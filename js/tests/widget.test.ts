import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as kernel from "../harness/states";
import { clipboard, closeAll, open, type Page, turn } from "./support";

type Content = Record<string, unknown>;

const { details, log, state } = kernel;
const connected = { details_revision: 1, endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } };
const up = [state("connected", connected), details()];

const answer = (page: Page, type: string, error: Content | null): Content => ({
  last_reply: { request: page.model.last(type)?.request, error },
});

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  closeAll();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the form", () => {
  it("is there at first paint, before the kernel has said anything", async () => {
    const page = await open([]);
    expect(page.phase).toBe("idle");
    expect(page.get("connect").textContent).toBe("Connect");
    expect(page.text).toContain("Google Colab · Tesla T4");
  });

  it("sends the token once and empties the field in the same tick", async () => {
    const page = await open();
    const field = page.get<HTMLInputElement>("token");
    await page.type("token", "ngrok config add-authtoken 2abc_def ");
    page.get("connect").click();
    expect(field.value).toBe("");
    expect(page.model.last("connect")).toMatchObject({
      token: "ngrok config add-authtoken 2abc_def ",
      options: { tunnel: "ngrok" },
    });
    await turn();
    expect(page.phase).toBe("working");
    expect(page.text).toContain("Connecting · 0:00");
    expect(page.el.innerHTML).not.toContain("2abc");
    expect(JSON.stringify(page.model.traits)).not.toContain("2abc");
  });

  it("connects when Enter is pressed in the token field", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.press("token", "a");
    expect(page.model.last("connect")).toBeUndefined();
    await page.press("token", "Enter");
    expect(page.model.last("connect")).toMatchObject({ token: "2abc" });
  });

  it("says what is missing at the field and sends nothing", async () => {
    const page = await open();
    await page.type("token", "   ");
    await page.click("connect");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.get("field-error").textContent).toContain("Paste your authtoken first");
    const field = page.get("token");
    expect(document.activeElement).toBe(field);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    const note = document.getElementById(field.getAttribute("aria-describedby") ?? "");
    expect(note?.textContent).toContain("Paste your authtoken first");
  });

  it("needs something to open", async () => {
    const page = await open([state("idle")], { ssh: false });
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.get("field-error").textContent).toContain("Switch SSH on first");
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
    expect(page.find("more")).toBeNull();
  });

  it("needs no token where the tunnel needs none", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.click("tunnel-direct");
    expect(page.model.traits.tunnel).toBe("direct");
    expect(page.find("token")).toBeNull();
    expect(page.find("region")).toBeNull();
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({ token: "", options: { tunnel: "direct" } });
  });

  it("takes back a region that the new tunnel does not have", async () => {
    const page = await open();
    await page.type("region", "eu");
    expect(page.model.traits.region).toBe("eu");
    await page.click("tunnel-direct");
    expect(page.model.traits.region).toBe("");
  });

  it("shows a region that it does not know", async () => {
    const page = await open([state("idle")], { region: "mars" });
    expect(page.get<HTMLSelectElement>("region").value).toBe("mars");
  });

  it("keeps password managers away from the token", async () => {
    const field = (await open()).get<HTMLInputElement>("token");
    expect(field.type).toBe("password");
    expect(field.getAttribute("autocomplete")).toBe("one-time-code");
    expect(field.hasAttribute("data-1p-ignore")).toBe(true);
    expect(field.getAttribute("data-lpignore")).toBe("true");
    expect(field.name).toBe("");
    expect(field.closest("form")).toBeNull();
  });

  it("uncovers the token on demand", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.click("show-token");
    expect(page.get<HTMLInputElement>("token").type).toBe("text");
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
  });

  it("follows what Python sets", async () => {
    const page = await open();
    page.model.set("ssh", false);
    page.model.set("region", "us");
    await turn();
    expect(page.get<HTMLInputElement>("ssh").checked).toBe(false);
    expect(page.get<HTMLSelectElement>("region").value).toBe("us");
    page.model.set("providers", "garbage");
    await turn();
    expect(page.find("tunnel-ngrok")).toBeNull();
    await page.click("connect");
    expect(page.text).toContain("Choose a tunnel first");
  });

  it("keeps the key and the user under More", async () => {
    const page = await open();
    expect(page.find("public-key")).toBeNull();
    await page.click("more");
    expect(page.get("more").getAttribute("aria-expanded")).toBe("true");
    await page.type("public-key", "ssh-ed25519 AAAA me@here");
    await page.type("user", " ana ");
    expect(page.model.traits.user).toBe("ana");
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      public_key: "ssh-ed25519 AAAA me@here",
      options: { user: "ana" },
    });
    expect(JSON.stringify(page.model.traits)).not.toContain("AAAA");
    await page.say(state("idle", {}, answer(page, "connect", kernel.ERROR)));
    expect(page.get<HTMLTextAreaElement>("public-key").value).toContain("AAAA");
  });

  it("does not keep a private key", async () => {
    const page = await open();
    await page.click("more");
    await page.type("public-key", "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret");
    await page.type("token", "2abc");
    await page.click("connect");
    const error = { ...kernel.ERROR, field: "public_key", title: "This is a private key." };
    await page.say(state("idle", {}, answer(page, "connect", error)));
    expect(page.get<HTMLTextAreaElement>("public-key").value).toBe("");
    expect(page.get("field-error").textContent).toContain("This is a private key.");
    expect(document.activeElement).toBe(page.get("public-key"));
  });

  it("shows the desktop switch, but not for use", async () => {
    const page = await open();
    expect(page.get<HTMLInputElement>("desktop").disabled).toBe(true);
    expect(page.text).toContain("not in this version");
  });

  it("comes back with the error that answers the click, and focus at the field", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.click("connect");
    await page.say(state("idle", {}, answer(page, "connect", kernel.ERROR)));
    expect(page.phase).toBe("idle");
    expect(page.get("field-error").textContent).toContain(kernel.ERROR.remedy);
    expect(page.get<HTMLInputElement>("token").value).toBe("");
    expect(document.activeElement).toBe(page.get("token"));
  });

  it("shows an error of no field, or of one that is not there", async () => {
    for (const field of ["", "public_key", "colour"]) {
      const page = await open([state("idle")], { tunnel: "direct", ssh: false, desktop: true });
      await page.click("connect");
      const error = { ...kernel.ERROR, field };
      await page.say(state("idle", {}, answer(page, "connect", error)));
      expect(page.get("field-error").textContent).toContain(kernel.ERROR.title);
    }
  });

  it("says the host's notice once, with its link", async () => {
    const page = await open([state("idle", {}, { host: kernel.NOTICE })]);
    const link = page.get("notice").querySelector("a");
    expect(link?.href).toBe(kernel.NOTICE.notice_link);
    expect(link?.rel).toContain("noopener");
    await page.click("notice-read");
    await page.say(state("idle", {}, { host: kernel.NOTICE }));
    expect(page.find("notice")).toBeNull();
  });

  it("makes no link of what is not one", async () => {
    const host = { ...kernel.NOTICE, notice_link: "javascript:alert(1)" };
    const page = await open([state("idle", {}, { host })]);
    expect(page.get("notice").querySelector("a")).toBeNull();
  });
});

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
    const names = (each: Page) => each.el.querySelector("[aria-label='Remote access']");
    expect(names(page)).not.toBe(names(other));
  });
});

describe("a connection", () => {
  it("shows what is needed, the password covered", async () => {
    const page = await open(up);
    expect(page.phase).toBe("connected");
    expect(page.text).toContain("Connected · 0.tcp.eu.ngrok.io");
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
    expect(page.get("fingerprint").textContent).toBe(kernel.SSH.fingerprint);
    expect(page.text).toContain("verified through the tunnel");
    expect(page.get("ssh-config").textContent).toBe(kernel.SSH.config);
    expect(page.get("known-hosts").textContent).toBe(kernel.SSH.known_hosts);
    expect(page.get<HTMLAnchorElement>("vscode").href).toContain("vscode://");
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
    expect(page.get("verified").textContent).toBe("not verified: no way back in");
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
    const steps = [kernel.step("tunnel", "Tunnel", "running", { detail: "no network" })];
    const page = await open([...up, state("reconnecting", { ...connected, steps, elapsed: 900 })]);
    expect(page.get("banner").textContent).toContain("no network");
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
    const page = await open([failed, log(["one", "two"])]);
    await page.click("copy-report");
    expect(clip.text()).toContain(kernel.ERROR.title);
    expect(clip.text()).toContain("two");
    expect(page.get("copy-report").textContent).toBe("Copied");
  });

  it("is told even without a reason", async () => {
    const page = await open([state("failed")]);
    expect(page.get("error").textContent).toContain("The session ended");
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
    const page = await open();
    for (const name of ["keydown", "keypress", "keyup"]) {
      page.get("token").dispatchEvent(new KeyboardEvent(name, { key: "x", bubbles: true }));
    }
    expect(heard).not.toHaveBeenCalled();
    expect(page.get("card").dataset.lmSuppressShortcuts).toBe("true");
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
        const parts = { steps: part, error: part, endpoint: part, options: part, elapsed: part };
        await page.say(
          { ...state(phase, { ...parts, details_revision: 1 }), host: part, last_reply: part },
          { ...details(), details: part },
          { ...details(), details: { ssh: part } },
          { ...log(["a"]), text: part },
        );
        expect(page.phase).toBe(phase);
      }
    }
  });
});
