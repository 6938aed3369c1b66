import { describe, expect, it } from "vitest";
import * as kernel from "../../../harness/states";
import { answer, open, type Page, turn, useTestTime } from "../../support";

const { state } = kernel;

useTestTime();

describe("a token that was pasted", () => {
  const field = (page: Page) => page.get<HTMLInputElement>("token").value;
  const here = { ...kernel.OPTIONS, tunnel: "none", ssh: false, desktop: true };

  it("is there again after a desktop in the notebook, and nowhere else meanwhile", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.click("open-desktop");
    expect(page.find("token")).toBeNull();
    await page.say(state("connected", { options: here, details_revision: 0 }));
    expect(page.el.innerHTML).not.toContain("2abc");
    expect(JSON.stringify([page.model.sent, page.model.traits])).not.toContain("2abc");
    await page.say(state("idle"));
    expect(field(page)).toBe("2abc");
    // Connect takes it for good.
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({ token: "2abc" });
    await page.say(state("working"), state("idle"));
    expect(field(page)).toBe("");
  });

  it("stays that of its own tunnel", async () => {
    const page = await open();
    await page.type("token", "2abc");
    await page.click("tunnel-cloudflare");
    expect(page.find("token")).toBeNull();
    await page.click("tunnel-ngrok");
    expect(field(page)).toBe("2abc");
    // The name of a secret in its place, and back.
    await page.click("token-by-name");
    expect(page.get<HTMLInputElement>("token-secret").value).toBe("NGROK_AUTHTOKEN");
    await page.click("token-paste");
    expect(field(page)).toBe("2abc");
  });
});

describe("a token by name", () => {
  it("is a click away, says where it comes from, and reads nothing before Connect", async () => {
    const page = await open();
    expect(page.get("token-by-name").textContent).toBe("Use NGROK_AUTHTOKEN from Colab's secrets");
    const before = page.model.sent.length;
    await page.click("token-by-name");
    expect(page.model.traits.token_secret).toBe("NGROK_AUTHTOKEN");
    expect(page.find("token")).toBeNull();
    const field = page.get<HTMLInputElement>("token-secret");
    expect(field.value).toBe("NGROK_AUTHTOKEN");
    expect(document.activeElement).toBe(field);
    expect(page.text).toContain("read from Colab's secrets when you connect");
    expect(page.model.sent).toHaveLength(before);
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({
      token: "",
      token_secret: "NGROK_AUTHTOKEN",
      options: kernel.OPTIONS,
    });
    expect(page.model.last("connect")?.options).not.toHaveProperty("token_secret");
  });

  it("is named otherwise, or given by Python", async () => {
    const page = await open([state("idle")], { token_secret: "MINE" });
    const field = page.get<HTMLInputElement>("token-secret");
    for (const text of ["", "OTHER"]) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await turn();
      expect(page.get("token-secret")).toBe(field);
    }
    expect(page.model.traits.token_secret).toBe("MINE");
    await page.press("token-secret", "Enter");
    expect(page.model.traits.token_secret).toBe("OTHER");
    expect(page.model.last("connect")).toMatchObject({ token: "", token_secret: "OTHER" });
  });

  it("is pasted instead", async () => {
    const page = await open([state("idle")], { token_secret: "MINE" });
    await page.click("token-paste");
    expect(page.model.traits.token_secret).toBe("");
    const field = page.get<HTMLInputElement>("token");
    expect(document.activeElement).toBe(field);
    expect(field.value).toBe("");
    await page.type("token", "2abc");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({ token: "2abc", token_secret: "" });
  });

  it("that is emptied is pasted", async () => {
    const page = await open([state("idle")], { token_secret: "MINE" });
    await page.type("token-secret", "  ");
    expect(page.model.traits.token_secret).toBe("");
    expect(page.find("token")).not.toBeNull();
    expect(page.find("field-error")).toBeNull();
  });

  it.each([
    "2aBcDeFgHiJkLmNoPqRsT_5uVwXyZ",
    "ghp_a1B2c3D4e5F6g7H8i9J0",
    "bWkRtYqPzLmNcVxHgFdSaJ",
    "qwertyuiopasdfghjklzxcvbnm",
    "two words",
  ])("that is the token itself, such as %s, becomes no trait", async (text) => {
    const page = await open();
    await page.click("token-by-name");
    await page.type("token-secret", text);
    expect(JSON.stringify(page.model.traits)).not.toContain(text);
    expect(page.el.innerHTML).not.toContain(text);
    expect(page.get("field-error").textContent).toContain("no name of a secret");
    expect(page.get<HTMLInputElement>("token").value).toBe("");
    await page.press("token", "Enter");
    expect(JSON.stringify(page.model.sent)).not.toContain(text);
  });

  it("that is refused says so in its row", async () => {
    const page = await open([state("idle")], { token_secret: "MINE" });
    await page.click("connect");
    const error = { ...kernel.ERROR, code: "secret_missing", field: "token", title: "No MINE." };
    await page.say(state("idle", {}, answer(page, "connect", error)));
    const field = page.get("token-secret");
    expect(document.activeElement).toBe(field);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    const note = document.getElementById(field.getAttribute("aria-describedby") ?? "");
    expect(note?.textContent).toContain("No MINE.");
  });

  it("is that of the tunnel which is chosen then", async () => {
    const providers = [...kernel.PROVIDERS, kernel.BOAT];
    const page = await open([state("idle")], { providers, token_secret: "MINE" });
    await page.click("tunnel-relay");
    expect(page.model.traits.token_secret).toBe("MINE");
    await page.type("server", "ana@example.org");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({ token_secret: "" });
    await page.say(state("idle", {}, answer(page, "connect", kernel.ERROR)));
    await page.click("tunnel-boat");
    expect(page.model.traits.token_secret).toBe("BOAT_TOKEN");
  });

  it("has plain words where nobody says which store it is, and no button without a name", async () => {
    const host = { ...kernel.HOST, secrets: "" };
    const page = await open([state("idle", {}, { host })], { host });
    expect(page.get("token-by-name").textContent).toBe("Use the NGROK_AUTHTOKEN secret");
    page.model.set(
      "providers",
      kernel.PROVIDERS.map((each) => ({ ...each, token_secret: "" })),
    );
    await turn();
    expect(page.find("token-by-name")).toBeNull();
  });
});
