import { describe, expect, it } from "vitest";
import * as kernel from "../../../harness/states";
import { open, type Page, useTestTime } from "../../support";

const { ERROR, OPTIONS, state } = kernel;
const failed = (token_kept: string) =>
  state("failed", { error: ERROR, options: { ...OPTIONS, tunnel: "ngrok" }, token_kept });
const asked = (page: Page) => page.model.last("connect");

useTestTime();

describe("a failure that was not the token's", () => {
  it("is tried again with one click, without the token", async () => {
    const page = await open([failed("ngrok")]);
    expect(page.get("token-kept").textContent).toContain("kept for this try, in memory only");
    await page.click("try-again");
    expect(asked(page)).toMatchObject({ token: "", token_secret: "" });
    expect(page.phase).toBe("working");
  });

  it("lets the form be changed, where the token may stay empty", async () => {
    const page = await open([failed("ngrok")]);
    await page.click("edit");
    expect(page.phase).toBe("idle");
    expect(page.get("token").closest(".cw-row")?.textContent).toContain("leave it empty to use it");
    await page.click("connect");
    expect(asked(page)).toMatchObject({ token: "" });
  });

  it("takes another token that is pasted", async () => {
    const page = await open([failed("ngrok")]);
    await page.click("edit");
    await page.type("token", "2other");
    await page.click("connect");
    expect(asked(page)).toMatchObject({ token: "2other" });
  });
});

describe("a failure after which no token is kept", () => {
  it.each(["", "boat"])("asks for one: %j", async (kept) => {
    const page = await open([failed(kept)]);
    expect(page.find("token-kept") ?? page.find("edit")).toBeNull();
    await page.click("try-again");
    await page.click("connect");
    expect(asked(page)).toBeUndefined();
    expect(page.get("field-error").textContent).toContain("Paste your authtoken first.");
  });

  it("asks for one once the ten minutes are over", async () => {
    const page = await open([failed("ngrok")]);
    await page.click("edit");
    await page.say(failed(""));
    await page.click("connect");
    expect(asked(page)).toBeUndefined();
  });
});
