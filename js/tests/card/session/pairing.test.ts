import { afterEach, describe, expect, it } from "vitest";
import * as kernel from "../../../harness/states";
import { open, useTestTime } from "../../support";

const { details, SSH, state } = kernel;

const STRING = "http://10.0.0.7:8888/base/#cw1.secret";
const paired = [
  state("connected", { details_revision: 2 }),
  details({ ...SSH, password: null, pairing: STRING }, 2),
];

function serverSays(config: string): void {
  const script = document.createElement("script");
  script.id = "jupyter-config-data";
  script.type = "application/json";
  script.textContent = config;
  document.body.append(script);
}

useTestTime();
afterEach(() => {
  document.getElementById("jupyter-config-data")?.remove();
  delete document.body.dataset.baseUrl;
});

describe("a session that a computer pairs with", () => {
  it("says what to run and to paste, and nothing of host key and password", async () => {
    const page = await open(paired);
    expect(page.get("pair-command").textContent).toContain("python -m colabwidget through pair");
    expect(page.get("pairing").textContent).not.toContain("secret");
    expect(page.find("fingerprint") ?? page.find("install")).toBeNull();
    for (const name of ["copy-pair-command", "copy-pairing", "copy-command"])
      expect(page.find(name)).not.toBeNull();
  });

  it("offers no invitation, as a guest could not come", async () => {
    const page = await open(paired);
    await page.click("details-toggle");
    expect(page.find("invite")).toBeNull();
  });

  it.each([
    ["JupyterLab's page", () => serverSays('{"baseUrl": "/user/ana/"}'), "/user/ana/"],
    ["the classic page", () => (document.body.dataset.baseUrl = "/base/"), "/base/"],
  ])("gives the address by which %s reaches the server", async (_, say, base) => {
    say();
    const { seenFromHere } = await import("../../../src/card/connected/pairing");
    expect(seenFromHere(STRING)).toBe(`${location.origin}${base}#cw1.secret`);
  });

  it.each(["", "no json", "{}", '{"baseUrl": 7}'])(
    "keeps the machine's own address where the page says none: %j",
    async (config) => {
      if (config) serverSays(config);
      const { seenFromHere } = await import("../../../src/card/connected/pairing");
      expect(seenFromHere(STRING)).toBe(STRING);
    },
  );
});
