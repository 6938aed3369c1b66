import { describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { clipboard, open, useTestTime } from "../../support";

type Content = Record<string, unknown>;

const { state } = kernel;

const up = (ssh: Content, endpoint: Content = kernel.ENDPOINT): Content[] => [
  state("connected", { details_revision: 1, endpoint }),
  kernel.details(ssh, 1, null, endpoint),
];

useTestTime();

describe("a tunnel whose users need a program", () => {
  const ssh = kernel.CLOUDFLARE_SSH;

  it.each([
    ["MacIntel", "brew install cloudflared"],
    ["Win32", "winget install --id Cloudflare.cloudflared"],
    ["Linux x86_64", kernel.CLIENT.ways[2]?.value],
    ["Linux aarch64", kernel.CLIENT.ways[3]?.value],
  ])("says first how to get it on %s", async (platform, line) => {
    vi.stubGlobal("navigator", { platform });
    const page = await open(up(ssh, kernel.QUICK_TUNNEL));
    expect(page.get("install").textContent).toBe(line);
    const [first, second] = page.get("panel-terminal").querySelectorAll("li");
    expect(first?.textContent).toContain("Once, install cloudflared");
    expect(second?.contains(page.get("ssh-command"))).toBe(true);
    const others = page.get("other-systems");
    expect(others.querySelectorAll("dl > div")).toHaveLength(4);
    expect(others.querySelector("a")?.href).toBe(kernel.CLIENT.link);
    expect(page.get("ssh-command").textContent).toBe(ssh.command);
    expect(page.get("verified").textContent).toContain(`not tested: ${ssh.verified_reason}`);
    await page.click("tab-vscode");
    expect(page.text).toContain("to ~/.ssh/config on your computer");
  });

  it("has every line to copy", async () => {
    const clip = clipboard();
    const page = await open(up(ssh));
    await page.click("copy-install");
    expect(clip.text()).toBe(kernel.CLIENT.ways[2]?.value);
    await page.click("copy-install-windows");
    expect(clip.text()).toBe("winget install --id Cloudflare.cloudflared");
  });

  it("is a single step where none is needed", async () => {
    const page = await open(up(kernel.SSH));
    expect(page.find("install")).toBeNull();
    expect(page.get("panel-terminal").querySelectorAll("li")).toHaveLength(3);
  });

  it("links to how it is got where no line is known", async () => {
    const page = await open(up({ ...ssh, client: { ...kernel.CLIENT, ways: [] } }));
    expect(page.find("install")).toBeNull();
    expect(page.get<HTMLAnchorElement>("install-link").href).toBe(kernel.CLIENT.link);
    expect(page.get("other-systems").querySelector("a")?.href).toBe(kernel.CLIENT.link);
  });
});

describe("a jump host", () => {
  it("is named, in the head as well", async () => {
    const page = await open(up(kernel.SSH, kernel.JUMP));
    expect(page.text).toContain("Connected · ana@relay.example.org");
    expect(page.get("jump").textContent).toBe("ana@relay.example.org");
    await page.click("tab-vscode");
    expect(page.get("jump").textContent).toBe("ana@relay.example.org");
    expect(page.get("copy-vscode-config")).toBeTruthy();
  });

  it("is not spoken of where there is none", async () => {
    const page = await open(up(kernel.SSH));
    expect(page.find("jump")).toBeNull();
    await page.click("tab-vscode");
    expect(page.find("copy-vscode-config")).toBeNull();
  });
});

describe("more ways in", () => {
  const ssh = { ...kernel.SSH, tools: kernel.TOOLS };

  it("are closed, and each has its line to copy or its link", async () => {
    const clip = clipboard();
    const page = await open(up(ssh));
    expect(page.get<HTMLDetailsElement>("more-ways").open).toBe(false);
    for (const { name, title, text, note } of kernel.TOOLS) {
      const row = page.get("more-ways").querySelector(`[data-testid$="-${name}"]`)?.closest("dd");
      expect(row?.previousElementSibling?.textContent).toBe(title);
      expect(row?.textContent).toContain(note);
      if (!text) continue;
      await page.click(`copy-tool-${name}`);
      expect(clip.text()).toBe(text);
    }
    expect(page.get<HTMLAnchorElement>("open-gateway").href).toBe(kernel.GATEWAY.url);
    expect(page.find("copy-tool-gateway")).toBeNull();
  });

  it("open nothing but what is known to open a program", async () => {
    for (const url of ["javascript:alert(1)", "file:///etc/passwd", "http://example.org", " x"]) {
      const page = await open(up({ ...ssh, tools: [{ ...kernel.GATEWAY, url }] }));
      expect(page.get("more-ways").querySelector("a")).toBeNull();
    }
    for (const url of ["vscode://x", "jetbrains-gateway://x", "https://example.org"]) {
      const page = await open(up({ ...ssh, tools: [{ ...kernel.GATEWAY, url }] }));
      expect(page.get("more-ways").querySelector("a")).not.toBeNull();
    }
  });

  it("are not there where there are none", async () => {
    expect((await open(up(kernel.SSH))).find("more-ways")).toBeNull();
  });
});

describe("the ssh config", () => {
  it("is saved as a file", async () => {
    const saved: [string, string][] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      saved.push([this.download, this.href]);
    });
    const page = await open(up(kernel.SSH));
    await page.click("download-config");
    expect(saved).toEqual([["colabwidget.conf", expect.stringMatching(/^blob:/)]]);
    vi.restoreAllMocks();
  });
});

describe("the folder of a session", () => {
  it("is told where it is known", async () => {
    expect((await open(up(kernel.SSH))).get("folder").textContent).toBe("/content");
    expect((await open(up({ ...kernel.SSH, folder: "" }))).find("folder")).toBeNull();
  });
});
