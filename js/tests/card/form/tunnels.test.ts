import { describe, expect, it } from "vitest";
import * as kernel from "../../../harness/states";
import { answer, clipboard, open, turn, useTestTime } from "../../support";

const { state } = kernel;

useTestTime();

describe("a tunnel", () => {
  it("is asked for just what it needs", async () => {
    const page = await open();
    const asked = () =>
      ["token", "region", "server", "identity", "server-key", "address"].filter((id) =>
        page.find(id),
      );
    expect(asked()).toEqual(["token", "region"]);
    await page.click("tunnel-cloudflare");
    expect(asked()).toEqual([]);
    await page.click("tunnel-relay");
    expect(asked()).toEqual(["server", "identity", "server-key"]);
    await page.click("tunnel-direct");
    expect(asked()).toEqual(["address"]);
  });

  it("says what its provider counts, and where an account's use is", async () => {
    const page = await open();
    expect(page.text).toContain("5,000 connections and 1 GB a month. Your use");
    expect(page.get<HTMLAnchorElement>("usage").href).toBe("https://dashboard.ngrok.com/usage");
    expect(page.text).toContain("its agent takes the nearest region");
    await page.click("tunnel-direct");
    expect(page.find("usage")).toBeNull();
  });

  it("has fields with a label, a hint, an example, and values to choose from", async () => {
    const page = await open([state("idle")], { tunnel: "relay" });
    const server = page.get<HTMLInputElement>("server");
    expect(page.el.querySelector(`label[for="${server.id}"]`)?.textContent).toBe("Server");
    expect(server.placeholder).toBe("user@host or user@host:port");
    expect(server.getAttribute("aria-required")).toBe("true");
    expect(page.get("identity").getAttribute("aria-required")).toBe("false");
    const note = document.getElementById(server.getAttribute("aria-describedby") ?? "");
    expect(note?.textContent).toContain("or a public relay");
    const list = document.getElementById(server.getAttribute("list") ?? "");
    expect([...(list?.children ?? [])].map((each) => each.getAttribute("label"))).toContain(
      "Serveo, a public relay",
    );
    expect(page.get("identity").hasAttribute("list")).toBe(false);
  });

  it("that lacks a field says so there, and connects once it is filled in", async () => {
    const page = await open([state("idle")], { tunnel: "relay", server: " " });
    await page.click("connect");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.get("field-error").textContent).toBe("Fill in Server first.");
    expect(document.activeElement).toBe(page.get("server"));
    await page.type("server", " ana@example.org ");
    expect(page.model.traits.server).toBe("ana@example.org");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      token: "",
      token_secret: "",
      options: { tunnel: "relay", server: "ana@example.org", identity: "", server_key: "" },
    });
  });

  it("is connected by Enter, and what was typed is not lost", async () => {
    const page = await open([state("idle")], { tunnel: "relay" });
    const server = page.get<HTMLInputElement>("server");
    server.value = "ana@example.org ";
    server.dispatchEvent(new Event("input", { bubbles: true }));
    await turn();
    expect(page.model.traits.server).toBe("");
    await page.press("server", "Enter");
    expect(page.model.last("connect")).toMatchObject({ options: { server: "ana@example.org" } });
    expect(page.model.traits.server).toBe("ana@example.org");
  });

  it("of another package comes late, and nothing that is being typed is lost", async () => {
    const page = await open([state("idle")], { tunnel: "relay" });
    const server = page.get<HTMLInputElement>("server");
    server.value = "ana@exam";
    server.dispatchEvent(new Event("input", { bubbles: true }));
    page.model.set("providers", [...kernel.PROVIDERS, kernel.BOAT]);
    page.model.set("user", "ana");
    await turn();
    expect(server.value).toBe("ana@exam");
    await page.click("tunnel-boat");
    expect(page.text).toContain("Slow, but it floats.");
    expect(page.get("server").closest(".cw-row")?.textContent).toContain("Harbour");
    await page.type("token", "oars");
    await page.type("server", "Antwerp");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      token: "oars",
      options: { tunnel: "boat", server: "Antwerp", user: "ana" },
    });
  });

  it("does not get the token that was pasted for another", async () => {
    const page = await open([state("idle")], { providers: [...kernel.PROVIDERS, kernel.BOAT] });
    await page.type("token", "2abc");
    await page.click("tunnel-boat");
    expect(page.get<HTMLInputElement>("token").value).toBe("");
    await page.click("tunnel-ngrok");
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
  });

  it.each(["server", "identity", "server_key"])("shows an error at %s", async (field) => {
    const page = await open([state("idle")], { tunnel: "relay", server: "ana@example.org" });
    await page.click("connect");
    const error = { ...kernel.ERROR, field };
    await page.say(state("idle", {}, answer(page, "connect", error)));
    const control = page.get(field.replace("_", "-"));
    expect(control.getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(control);
    expect(page.el.querySelectorAll("[data-testid=field-error]")).toHaveLength(1);
  });
});

describe("Google Drive", () => {
  it("is asked for on Colab, under More", async () => {
    const page = await open();
    expect(page.get("more").textContent).toBe("More: key, user, time limit, Drive");
    expect(page.find("mount-gdrive-to")).toBeNull();
    await page.click("more");
    await page.type("mount-gdrive-to", "drive");
    await page.type("mount-gdrive-from", "My Drive/data");
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      options: { mount_gdrive_to: "drive", mount_gdrive_from: "My Drive/data" },
    });
    const error = { ...kernel.ERROR, field: "mount_gdrive_to" };
    await page.say(state("idle", {}, answer(page, "connect", error)));
    expect(document.activeElement).toBe(page.get("mount-gdrive-to"));
  });

  it("is nowhere else", async () => {
    const host = { ...kernel.HOST, kind: "kaggle", name: "Kaggle", drive: false };
    const page = await open([state("idle", {}, { host })], { host });
    await page.click("more");
    expect(page.get("more").textContent).toBe("More: key, user, time limit");
    expect(page.find("mount-gdrive-to")).toBeNull();
  });
});

describe("a refusal", () => {
  const failed = (error: object) => state("failed", { error, steps: kernel.STEPS });
  const refused = failed({ ...kernel.ERROR, offers: kernel.OFFERS });

  it("offers other tunnels, and connects at once where nothing is missing", async () => {
    const page = await open([refused], { region: "eu" });
    expect(page.get("error").textContent).toContain("Use Cloudflare");
    await page.click("offer-0");
    expect(page.phase).toBe("working");
    expect(page.model.traits).toMatchObject({ tunnel: "cloudflare", region: "" });
    expect(page.model.last("connect")).toMatchObject({
      token: "",
      token_secret: "",
      options: { tunnel: "cloudflare", region: "" },
    });
  });

  it("leads to the form, and to what is missing there", async () => {
    const page = await open([refused]);
    await page.click("offer-1");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.phase).toBe("idle");
    expect(page.get<HTMLInputElement>("tunnel-relay").checked).toBe(true);
    expect(document.activeElement).toBe(page.get("server"));
    expect(page.get("field-error").textContent).toBe("Fill in Server first.");
    await page.say(refused);
    expect(page.find("server")).not.toBeNull();
  });

  it("connects through another tunnel with the secret that was named for it", async () => {
    const offers = [{ title: "Use a boat", options: { tunnel: "boat", server: "Ghent" } }];
    const page = await open([failed({ ...kernel.ERROR, offers })], {
      providers: [...kernel.PROVIDERS, kernel.BOAT],
      token_secret: "MINE",
    });
    await page.click("offer-0");
    expect(page.model.last("connect")).toMatchObject({
      token_secret: "BOAT_TOKEN",
      options: { tunnel: "boat", server: "Ghent" },
    });
  });

  it("in the form offers as well: a host key is trusted with one click", async () => {
    const page = await open([state("idle")], { tunnel: "relay", server: "relay.example.org" });
    await page.click("connect");
    await page.say(state("idle", {}, answer(page, "connect", kernel.RELAY_UNKNOWN)));
    const error = page.get("field-error");
    expect(error.textContent).toContain("Trust this key");
    expect(document.activeElement).toBe(page.get("server-key"));
    await page.click("offer-0");
    const { options } = kernel.RELAY_UNKNOWN.offers[0]!;
    expect(page.model.last("connect")).toMatchObject({ options });
  });

  it.each(["failed", "idle"])("has a line to copy, when %s", async (phase) => {
    const clip = clipboard();
    const page = await open([state("idle")], { tunnel: "relay", server: "ana@example.org" });
    await page.click("connect");
    const error = kernel.RELAY_REFUSED;
    await page.say(
      phase === "failed"
        ? state("failed", { error, revision: 9 }, answer(page, "connect", null))
        : state("idle", {}, answer(page, "connect", error)),
    );
    expect(page.get("remedy").textContent).toBe(error.copy);
    await page.click("copy-remedy");
    expect(clip.text()).toBe(error.copy);
    expect(page.get("copy-remedy").textContent).toBe("Copied");
  });

  it("has no line and no offers where there are none", async () => {
    const page = await open([failed(kernel.ERROR)]);
    expect(page.find("remedy")).toBeNull();
    expect(page.find("offer-0")).toBeNull();
  });
});
