import { describe, expect, it, vi } from "vitest";
import { details, SSH, state } from "../../../harness/states";
import { open, type Page, turn, useTestTime } from "../../support";

useTestTime();

/** A card in a page whose browser encrypts nothing. */
async function insecure(): Promise<Page> {
  const { getRandomValues } = crypto;
  const plain = { getRandomValues: getRandomValues.bind(crypto) };
  vi.stubGlobal("crypto", plain);
  const page = await open([state("connected", { details_revision: 1 })]);
  await turn();
  return page;
}

const asked = (page: Page) => page.model.sent.filter(({ type }) => type === "reveal");

describe("where the page is no secure context", () => {
  it("the details come by a click, and all they mean is said", async () => {
    const page = await insecure();
    expect(page.get("unsealed").textContent).toContain("not open over HTTPS");
    expect(page.get("unsealed").textContent).toContain("Everyone who has this notebook open");
    vi.advanceTimersByTime(60_000);
    expect(asked(page)).toEqual([]);
    await page.click("show-details");
    expect(asked(page)).toEqual([
      { type: "reveal", view: expect.any(String), curve: "", point: "" },
    ]);
    await page.say(details());
    expect(page.find("unsealed")).toBeNull();
    expect(page.get("ssh-command").textContent).toBe(SSH.command);
  });

  it("those that have changed take another click", async () => {
    const page = await insecure();
    await page.click("show-details");
    await page.say(details(), state("connected", { details_revision: 2, revision: 4 }));
    vi.advanceTimersByTime(60_000);
    await turn();
    expect(asked(page)).toHaveLength(1);
    expect(page.get("unsealed").textContent).toContain("have changed");
    await page.click("show-details");
    await page.say(details(SSH, 2));
    expect(page.find("unsealed")).toBeNull();
  });
});

describe("more than one place", () => {
  const terms = (page: Page) => page.find("places")?.textContent;

  it("is said, with what each can do", async () => {
    const page = await open([state("idle", {}, { places: 1 })]);
    expect(terms(page)).toBeUndefined();
    await page.say(state("idle", {}, { places: 2 }));
    expect(terms(page)).toBe(
      "This notebook is open in 2 places. Each of them can use this kernel, see its output and use a connection that is opened here.",
    );
    await page.say(state("connected", { details_revision: 1 }, { places: 3 }), details());
    expect(terms(page)).toContain("open in 3 places.");
    expect(terms(page)).toContain("and use this connection.");
    await page.say(state("connected", { details_revision: 1 }));
    expect(terms(page)).toBeUndefined();
  });
});
