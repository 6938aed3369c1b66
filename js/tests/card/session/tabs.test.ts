/** The tabs of a session, and what they say to each system. */
import { describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { clipboard, open, type Page, turn, useTestTime } from "../../support";

const { DESKTOP, details, SSH, state, TOOLS } = kernel;
const connected = { details_revision: 1, endpoint: kernel.ENDPOINT };
const up = [state("connected", connected), details({ ...SSH, tools: TOOLS })];
const withDesktop = [
  state("connected", { ...connected, desktop: { phase: "connected", error: null } }),
  details({ ...SSH, tools: TOOLS }, 1, DESKTOP),
];

const TABS = ["tab-terminal", "tab-vscode", "tab-desktop"];
const chosen = (page: Page): (string | undefined)[] =>
  [...page.el.querySelectorAll<HTMLElement>("[role=tab][aria-selected=true]")].map(
    ({ dataset }) => dataset.testid,
  );
/** What is to be pressed next. */
const main = (page: Page): (string | undefined)[] =>
  [...page.el.querySelectorAll<HTMLElement>(".cw-main")].map(({ dataset }) => dataset.testid);
const steps = (page: Page): string[] =>
  [...page.el.querySelectorAll(".cw-todo > li")].map((each) => each.textContent);
const text = (id: string) => TOOLS.find(({ name }) => name === id)?.text;

async function choose(page: Page, system: string): Promise<void> {
  const select = page.get<HTMLSelectElement>("system");
  select.value = system;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await turn();
}

useTestTime();

describe("the tabs", () => {
  it("are a list of which one is chosen, is in the order of Tab, and names its panel", async () => {
    const page = await open(up);
    expect(page.el.querySelector("[role=tablist]")?.getAttribute("aria-label")).toBe(
      "Connect with",
    );
    for (const id of TABS) {
      await page.click(id);
      expect(chosen(page)).toEqual([id]);
      const order = TABS.map((each) => page.get(each).tabIndex);
      expect(order).toEqual(TABS.map((each) => (each === id ? 0 : -1)));
      const panel = page.el.querySelector("[role=tabpanel]")!;
      expect(page.get(id).getAttribute("aria-controls")).toBe(panel.id);
      expect(panel.getAttribute("aria-labelledby")).toBe(page.get(id).id);
    }
  });

  it.each([
    ["ArrowRight", ["tab-vscode", "tab-desktop", "tab-terminal"]],
    ["ArrowLeft", ["tab-desktop", "tab-vscode", "tab-terminal"]],
    ["End", ["tab-desktop", "tab-desktop"]],
    ["Home", ["tab-terminal"]],
  ])("are gone through with %s, and focus goes along", async (key, order) => {
    const page = await open(up);
    page.get("tab-terminal").focus();
    for (const next of order) {
      await page.press(document.activeElement!.getAttribute("data-testid")!, key);
      expect(chosen(page)).toEqual([next]);
      expect(document.activeElement).toBe(page.get(next));
    }
  });

  it("leave other keys alone", async () => {
    const page = await open(up);
    const event = new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true });
    page.get("tab-terminal").dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
    expect(chosen(page)).toEqual(["tab-terminal"]);
  });

  it("stay as they are while the kernel goes on telling", async () => {
    const page = await open(up);
    await page.click("tab-vscode");
    await page.say(...up);
    expect(chosen(page)).toEqual(["tab-vscode"]);
  });

  it("have none for an editor that no link opens", async () => {
    const page = await open([up[0]!, details({ ...SSH, vscode_url: "javascript:alert(1)" })]);
    expect(page.find("tab-vscode")).toBeNull();
    await page.click("tab-desktop");
    expect(chosen(page)).toEqual(["tab-desktop"]);
  });

  it("have one thing to press first", async () => {
    const page = await open(withDesktop);
    for (const [tab, first] of [
      ["tab-terminal", "copy-command"],
      ["tab-vscode", "vscode"],
      ["tab-desktop", "copy-forward"],
    ] as const) {
      await page.click(tab);
      expect(main(page)).toEqual([first]);
    }
  });

  it.each([
    ["tab-terminal", ["copy-command", "copy-fingerprint", "copy-password"]],
    ["tab-vscode", ["vscode", "copy-password"]],
    ["tab-desktop", ["copy-forward", "copy-password", "copy-vnc-password"]],
  ])("move on in %s, and the last one stays", async (tab, order) => {
    clipboard();
    const page = await open(withDesktop);
    await page.click(tab);
    expect(main(page)).toEqual(order.slice(0, 1));
    for (const [at, id] of order.entries()) {
      await page.click(id);
      expect(main(page)).toEqual([order[at + 1] ?? id]);
    }
    // Each tab is on its own; what was used again is followed by its own next step.
    await page.click("tab-terminal");
    await page.click("copy-command");
    expect(main(page)).toEqual(["copy-fingerprint"]);
    await page.click(tab);
    await page.click(order[0]!);
    expect(main(page)).toEqual([order[1]]);
  });

  it("begin anew with another address", async () => {
    clipboard();
    const page = await open(up);
    await page.click("copy-command");
    await page.say(...up);
    expect(main(page)).toEqual(["copy-fingerprint"]);
    const command = "ssh -p 9 colab@elsewhere";
    await page.say(
      state("connected", { ...connected, details_revision: 2 }),
      details({ ...SSH, command }, 2),
    );
    expect(main(page)).toEqual(["copy-command"]);
  });
});

describe("the steps", () => {
  it("of a terminal are the command, the host key and the password", async () => {
    const page = await open(up);
    const [command, key, password] = steps(page);
    expect(command).toContain(SSH.command);
    expect(key).toContain("“Are you sure …?”, paste");
    expect(key).toContain(`${SSH.fingerprint} tested through the tunnel, paste it instead of yes`);
    expect(password).toContain("Password, paste");
    expect(password).toContain("nothing shows");
    expect(page.el.querySelectorAll(".cw-todo .cw-copy")).toHaveLength(3);
  });

  it("say that a key signs in where there is no password", async () => {
    const page = await open([up[0]!, details({ ...SSH, password: null })]);
    expect(steps(page)[2]).toContain("none, your key only");
    expect(page.find("copy-password")).toBeNull();
    expect(page.find("show-password")).toBeNull();
  });

  it("of an editor are its link with the folder, and what it asks", async () => {
    const page = await open(up);
    await page.click("tab-vscode");
    const [link, key, password] = steps(page);
    expect(link).toContain("/content with its extension Remote-SSH");
    expect(page.get<HTMLAnchorElement>("vscode").href).toBe(SSH.vscode_url);
    expect(key).toContain("compare");
    expect(password).toContain("in the box at the top");
  });

  it("of a desktop are one sign-in that carries it, then the viewer", async () => {
    const clip = clipboard();
    const page = await open(withDesktop);
    await page.click("tab-desktop");
    const found = steps(page);
    expect(found).toHaveLength(5);
    expect(found[0]).toContain(DESKTOP.forward_command);
    expect(found[3]).toContain(DESKTOP.viewer_address);
    await page.click("copy-vnc-password");
    expect(clip.text()).toBe(DESKTOP.password);
  });
});

describe("the system", () => {
  it.each([
    [{ userAgentData: { platform: "Windows" }, platform: "Win32" }, "powershell"],
    [{ userAgentData: { platform: "macOS" }, platform: "MacIntel" }, "macos"],
    [{ userAgentData: { platform: "Linux" }, platform: "" }, "linux"],
    [{ userAgentData: { platform: "Chrome OS" }, platform: "Linux x86_64" }, "linux"],
    [{ platform: "Win32" }, "powershell"],
    [{ platform: "MacIntel" }, "macos"],
    [{ platform: "iPad" }, "macos"],
    [{ platform: "Linux x86_64" }, "linux"],
    [{ userAgentData: {}, platform: "Win32" }, "powershell"],
    [{}, "linux"],
  ])("is taken from %o", async (navigator, system) => {
    vi.stubGlobal("navigator", navigator);
    expect((await open(up)).get<HTMLSelectElement>("system").value).toBe(system);
  });

  it.each([
    ["powershell", text("windows"), "In PowerShell, run", "right-click pastes"],
    ["cmd", SSH.command, "In Command Prompt, run", "right-click pastes"],
    ["macos", SSH.command, "In Terminal, run", "⌘V pastes"],
    ["linux", SSH.command, "In a terminal, run", "Ctrl+Shift+V pastes"],
    ["putty", text("putty"), "Press Windows+R, run", "right-click or Shift+Insert pastes"],
  ])("%s has its own words", async (system, command, say, paste) => {
    const clip = clipboard();
    const page = await open(up);
    await choose(page, system);
    expect(page.get("ssh-command").textContent).toBe(command);
    await page.click("copy-command");
    expect(clip.text()).toBe(command);
    expect(steps(page)[0]).toContain(say);
    expect(steps(page)[2]).toContain(paste);
  });

  it("PuTTY knows the host key from its command", async () => {
    const page = await open(up);
    await choose(page, "putty");
    expect(steps(page)[1]).toContain("PuTTY compares the host key");
    expect(steps(page)[1]).not.toContain("instead of yes");
  });

  it.each([
    ["powershell", `ssh -L 5901:127.0.0.1:5901 ${text("windows")?.replace("ssh ", "")}`],
    ["putty", `putty -L 5901:127.0.0.1:5901 ${text("putty")?.replace("putty ", "")}`],
    ["linux", DESKTOP.forward_command],
  ])("%s carries the desktop's port in its own command", async (system, command) => {
    const page = await open(withDesktop);
    await page.click("tab-desktop");
    await choose(page, system);
    expect(page.get("forward-command").textContent).toBe(command);
  });

  it("is chosen for all tabs, and for what has to be installed", async () => {
    const page = await open([up[0]!, details(kernel.CLOUDFLARE_SSH)]);
    await choose(page, "cmd");
    expect(page.get("install").textContent).toContain("winget");
    await page.click("tab-vscode");
    // It is done once: the other tabs say where it stands, and have no more to press.
    expect(page.find("install")).toBeNull();
    expect(page.text).toContain("Once, install cloudflaredthe tab Terminal says how");
    expect(page.get<HTMLSelectElement>("system").value).toBe("cmd");
  });

  it("falls back to ssh's command where the kernel knows no other", async () => {
    const page = await open([up[0]!, details(SSH)]);
    await choose(page, "putty");
    expect(page.get("ssh-command").textContent).toBe(SSH.command);
  });
});

describe("the details", () => {
  it("are one click away, and the log with them", async () => {
    const page = await open(up);
    const fold = page.get("known-hosts").closest<HTMLElement>("[role=group][aria-label=Details]")!;
    expect(fold.hidden).toBe(true);
    expect(page.find("log-toggle")).toBeNull();
    await page.click("details-toggle");
    expect(fold.hidden).toBe(false);
    expect(page.get("details-toggle").getAttribute("aria-expanded")).toBe("true");
    expect(page.get("log-toggle")).toBeTruthy();
  });

  it("leave a line of how many are in", async () => {
    const present = [kernel.PRESENT[0]!];
    const page = await open([state("connected", { ...connected, present }), details()]);
    expect(page.get("standing").textContent).toBe("1 signed in from 93.184.216.34 for 4 min");
    await page.say(
      state("connected", {
        ...connected,
        present: kernel.PRESENT,
        invitations: [kernel.INVITATIONS[0]!],
      }),
    );
    expect(page.get("standing").textContent).toBe("2 signed in · 1 open in a cell · 1 invitation");
  });
});

describe("the head", () => {
  it("tells how long it is until the connection closes", async () => {
    const closing = { reason: "idle", seconds: 272 };
    const page = await open([state("connected", { ...connected, closing }), details()]);
    const head = page.el.querySelector(".cw-head span")!;
    expect(head.textContent).toBe("Connected · closes in 4:32");
    expect(head.className).toBe("cw-warn");
    vi.advanceTimersByTime(2000);
    await turn();
    expect(head.textContent).toBe("Connected · closes in 4:30");
  });
});
