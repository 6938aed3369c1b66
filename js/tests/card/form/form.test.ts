import { describe, expect, it } from "vitest";
import * as kernel from "../../../harness/states";
import { VNC_SERVERS } from "../../../src/wire/protocol";
import { answer, open, turn, useTestTime } from "../../support";

const { state } = kernel;

useTestTime();

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

  it("says that a key leaves no password", async () => {
    const page = await open();
    await page.click("more");
    expect(page.text).toContain("With one, password sign-in is off.");
    await page.type("public-key", "github:ana");
    expect(page.text).toContain("Password sign-in is off: only these keys get in.");
    await page.click("more");
    expect(page.text).toContain("By key only: password sign-in is off.");
    await page.click("more");
    await page.type("public-key", " ");
    await page.click("more");
    expect(page.text).not.toContain("password sign-in is off");
  });

  it("leaves alone what is being typed", async () => {
    const page = await open();
    await page.click("more");
    await page.type("token", "2abc");
    const field = page.get<HTMLInputElement>("user");
    field.value = "an";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await page.say(state("idle"), state("idle"));
    expect(page.get<HTMLInputElement>("user").value).toBe("an");
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
    expect(page.model.traits.user).toBe("colab");
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

  it("asks for the desktop, with its size and server under More", async () => {
    const page = await open([state("idle")], { depth: 16 });
    await page.click("more");
    expect(page.find("geometry")).toBeNull();
    await page.click("desktop");
    expect(page.model.traits.desktop).toBe(true);
    expect(page.get<HTMLInputElement>("geometry").value).toBe("1600x900");
    await page.type("geometry", " 1920x1080 ");
    await page.type("vnc", "tigervnc");
    expect(page.model.traits).toMatchObject({ geometry: "1920x1080", vnc: "tigervnc" });
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      options: { ssh: true, desktop: true, geometry: "1920x1080", vnc: "tigervnc", depth: 16 },
    });
  });

  it("offers the VNC servers of the table, by their titles", async () => {
    const page = await open([state("idle")], { desktop: true });
    await page.click("more");
    const choices = [...page.get<HTMLSelectElement>("vnc").options];
    expect(choices.map(({ value, text }) => ({ value, title: text }))).toEqual(VNC_SERVERS);
    expect(page.get<HTMLSelectElement>("vnc").value).toBe("auto");
  });

  it("proposes common sizes", async () => {
    const page = await open([state("idle")], { desktop: true });
    await page.click("more");
    const list = document.getElementById(page.get("geometry").getAttribute("list") ?? "");
    expect([...(list?.children ?? [])].map((each) => each.getAttribute("value"))).toContain(
      "1920x1080",
    );
  });

  it("refuses a desktop without SSH, with the reason, and loses nothing", async () => {
    const page = await open([state("idle")], { ssh: false, desktop: true, geometry: "800x600" });
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toBeUndefined();
    expect(page.get("field-error").textContent).toContain("The desktop is reached through SSH");
    expect(document.activeElement).toBe(page.get("ssh"));
    expect(page.get<HTMLInputElement>("token").value).toBe("2abc");
    await page.click("ssh");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      token: "2abc",
      options: { ssh: true, desktop: true, geometry: "800x600" },
    });
  });

  it.each(["desktop", "geometry", "vnc"])("shows an error at %s", async (field) => {
    const page = await open([state("idle")], { desktop: true });
    await page.type("token", "2abc");
    await page.click("connect");
    const error = { ...kernel.ERROR, field };
    await page.say(state("idle", {}, answer(page, "connect", error)));
    const control = page.get(field);
    expect(control.getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(control);
    const note = document.getElementById(control.getAttribute("aria-describedby") ?? "");
    expect(note?.textContent).toContain(kernel.ERROR.title);
    expect(page.el.querySelectorAll("[data-testid=field-error]")).toHaveLength(1);
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
    for (const field of ["", "token", "geometry", "depth", 'a"]']) {
      const page = await open([state("idle")], { tunnel: "direct" });
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
