/** The modules that are shipped: the stub, and the card that it draws. */
import { describe, expect, it, vi } from "vitest";
// @ts-expect-error The built module has no types.
import card from "../../colabwidget/static/card.js";
// @ts-expect-error The built module has no types.
import session from "../../colabwidget/static/session.js";
// @ts-expect-error The built module has no types.
import stub from "../../colabwidget/static/stub.js";
import { FakeModel } from "../harness/fake";
import * as kernel from "../harness/states";
import { Page } from "./support";

/** What the stub keeps on the page. */
const bundles = (globalThis as unknown as { colabwidgetBundles: Record<string, unknown> })
  .colabwidgetBundles;

/** From a refusal over an offer to a tunnel whose users need a program, then a token by name. */
async function tunnels(page: Page): Promise<void> {
  const error = { ...kernel.RELAY_REFUSED, offers: kernel.OFFERS };
  await page.say(kernel.state("failed", { error, steps: kernel.STEPS }));
  expect(page.get("remedy").textContent).toBe(error.copy);
  await page.click("offer-1");
  expect(page.get("field-error").textContent).toBe("Fill in Server first.");
  expect(page.get<HTMLInputElement>("server").placeholder).toContain("user@host");
  await page.type("server", "ana@example.org");
  await page.click("connect");
  expect(page.model.last("connect")).toMatchObject({
    token: "",
    options: { tunnel: "relay", server: "ana@example.org" },
  });
  await page.say(
    kernel.state("connected", { revision: 9, details_revision: 9, endpoint: kernel.JUMP }),
    kernel.details({ ...kernel.CLOUDFLARE_SSH, tools: kernel.TOOLS }, 9, null, kernel.JUMP),
  );
  expect(page.text).toContain("Connected · ana@relay.example.org");
  await page.click("tab-terminal");
  expect(page.get("jump").textContent).toBe(kernel.JUMP.jump);
  expect(page.get("install").textContent).toBe(kernel.CLIENT.ways[2]?.value);
  expect(page.get("tool-sftp").textContent).toBe(kernel.TOOLS[2]?.text);
  expect(page.get<HTMLAnchorElement>("open-gateway").href).toContain("jetbrains-gateway:");
  expect(page.get("folder").textContent).toBe("/content");
  await page.say(kernel.state("idle"));
  await page.click("tunnel-ngrok");
  await page.click("token-by-name");
  await page.click("connect");
  expect(page.model.last("connect")).toMatchObject({ token: "", token_secret: "NGROK_AUTHTOKEN" });
}

describe("the built modules", () => {
  it("takes a session from the form to its end", async () => {
    const options = {
      ...kernel.OPTIONS,
      desktop: true,
      mount_gdrive_to: "drive",
      geometry: "800x600",
      vnc: "tigervnc",
      region: "eu",
      user: "ana",
    };
    const page = new Page(new FakeModel(kernel.traits()), stub.render);
    await vi.waitFor(() => expect(page.model.last("bundle")).toBeDefined());
    const { hash } = kernel.CARD;
    expect(page.model.last("bundle")).toEqual({ type: "bundle", bundle: hash });
    bundles[hash] = Promise.resolve(card);
    bundles.session = Promise.resolve(session);
    // The stub asks again, and sees that the page has it.
    await vi.waitFor(() => expect(page.find("card")).not.toBeNull(), 5000);
    await page.say(kernel.state("idle", {}, { host: kernel.NOTICE, clicks_wait: true }));
    expect(page.find("notice")).not.toBeNull();
    await page.click("more");
    await page.click("desktop");
    await page.type("geometry", "800x600");
    await page.type("vnc", "tigervnc");
    await page.type("public-key", "ssh-ed25519 AAAA");
    await page.type("user", "ana");
    await page.type("mount-gdrive-to", "drive");
    await page.type("region", "eu");
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toEqual({
      type: "connect",
      request: expect.any(String),
      token: "2abc",
      token_secret: "",
      public_key: "ssh-ed25519 AAAA",
      options,
    });
    await page.say(
      kernel.state("working", { steps: kernel.STEPS, log_end: 2, elapsed: 65 }),
      kernel.log(["a", "b"]),
    );
    expect(page.text).toContain("Connecting · 1:05");
    expect(page.get("progress").getAttribute("aria-valuenow")).toBe("63");
    await page.say(
      kernel.state("connected", { details_revision: 1, endpoint: { host: "x.org", port: 1 } }),
      kernel.details(),
    );
    expect(page.text).toContain("Connected · x.org");
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
    expect(page.get("ssh-config").textContent).toBe(kernel.SSH.config);
    expect(page.get("known-hosts").textContent).toBe(kernel.SSH.known_hosts);
    expect(page.get("verified").textContent).toContain("tested through the tunnel");
    await page.click("tab-vscode");
    expect(page.get<HTMLAnchorElement>("vscode").href).toBe(kernel.SSH.vscode_url);
    await page.click("tab-desktop");
    const desktop = (phase: string, error: object | null = null) =>
      kernel.state("connected", { details_revision: 2, desktop: { phase, error } });
    await page.click("desktop-add");
    expect(page.model.last("desktop")).toEqual({
      type: "desktop",
      request: expect.any(String),
      on: true,
      options,
      force: false,
    });
    await page.say(desktop("connected"), kernel.details(kernel.SSH, 2, kernel.DESKTOP));
    expect(page.get("forward-command").textContent).toBe(kernel.DESKTOP.forward_command);
    expect(page.get("viewer-address").textContent).toBe(kernel.DESKTOP.viewer_address);
    expect(page.get("desktop-server").title).toBe(kernel.DESKTOP.renderer);
    await page.click("show-vnc-password");
    expect(page.get("vnc-password").textContent).toBe(kernel.DESKTOP.password);
    await page.click("show-view-only-password");
    expect(page.get("view-only-password").textContent).toBe(kernel.DESKTOP.view_only_password);
    await page.say(desktop("failed", kernel.DESKTOP_ERROR));
    expect(page.get("desktop-failed").textContent).toContain(kernel.DESKTOP_ERROR.remedy);
    expect(page.el.innerHTML).not.toContain(kernel.DESKTOP.password);
    await page.click("disconnect");
    const request = page.model.last("disconnect")?.request;
    expect(page.model.last("disconnect")).toEqual({ type: "disconnect", request, force: false });
    const error = { ...kernel.ERROR, code: "clients_connected" };
    await page.say(
      kernel.state("connected", { details_revision: 1 }, { last_reply: { request, error } }),
    );
    await page.click("disconnect-confirm");
    expect(page.model.last("disconnect")).toMatchObject({ force: true });
    await page.say(kernel.state("failed", { error: kernel.ERROR, kept: true }));
    expect(page.get("error").textContent).toContain(kernel.ERROR.remedy);
    expect(page.find("disconnect")).not.toBeNull();
    await page.say(kernel.state("failed", { epoch: "", error: kernel.OTHER_VERSION }));
    await page.click("restart");
    expect(page.model.last("restart")).toEqual({ type: "restart", request: expect.any(String) });
    await tunnels(page);
    page.close();
    expect(page.model.listening).toBe(0);
    const types = new Set(page.model.sent.map(({ type }) => type));
    expect(types).toEqual(
      new Set([
        "ready",
        "seen",
        "bundle",
        "connect",
        "desktop",
        "disconnect",
        "restart",
        "inside",
        "load",
      ]),
    );
    const view = page.model.last("ready")?.view;
    expect(page.model.last("ready")).toEqual({ type: "ready", view, serial: -1 });
    expect(page.model.last("seen")).toEqual({ type: "seen", view, serial: 1, log: 0 });
  });
});
