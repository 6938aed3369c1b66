import { afterEach, describe, expect, it, vi } from "vitest";
import * as kernel from "../../../harness/states";
import { clipboard, open, useTestTime } from "../../support";

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
  vi.unstubAllGlobals();
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

  const HUB =
    '{"baseUrl": "/user/ana/", "hubPrefix": "/hub/", "hubUser": "ana", "hubServerName": ""}';
  const onHub = `${location.origin}/user/ana/`;

  it.each([
    ["a token that enters this server only", "p0", { token: "t0" }, "?token=t0"],
    ["the page's own where the hub makes none", "p0", { status: 403 }, "?token=p0"],
    ["no token where there is neither", "", { status: 403 }, ""],
    ["no token that is none", 8, { token: 7 }, ""],
    ["the page's own where the hub cannot be reached", "p0", null, "?token=p0"],
  ])("copies %s", async (_, own, answer, search) => {
    serverSays(HUB.replace("}", `, "token": ${JSON.stringify(own)}}`));
    const expected = `${onHub}${search}#cw1.secret`;
    const asked: [string, RequestInit | undefined][] = [];
    vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
      asked.push([url, init]);
      if (!init) return new Response('<script>window.jhdata = {xsrf_token: "a\\u007cb"}</script>');
      if (!answer) throw new TypeError("no network");
      return Response.json(answer);
    });
    const clip = clipboard();
    const page = await open(paired);
    expect(page.get("copy-pairing").closest("li")!.textContent).toContain("token of your hub");
    await page.click("copy-pairing");
    await vi.waitFor(() => expect(clip.text()).toBe(expected));
    expect(asked.map(([url]) => url)).toEqual(["/hub/token", "/hub/api/users/ana/tokens"]);
    const { headers, body } = asked[1]![1]!;
    expect(headers).toMatchObject({ "X-XSRFToken": "a|b" });
    const wanted = JSON.parse(body as string) as { scopes: string[]; expires_in: number };
    expect(wanted.scopes).toEqual(["access:servers!server=ana/"]);
    expect(wanted.expires_in).toBe(604_800);
  });

  it.each([
    ["copies the page's own token", ', "token": "p0"', `${onHub}?token=p0#cw1.secret`],
    ["copies no token", "", `${onHub}#cw1.secret`],
  ])("asks no hub of another origin, and %s", async (_, token, expected) => {
    serverSays(HUB.replace("}", `, "hubHost": "https://hub.example.org"${token}}`));
    const asked = vi.spyOn(globalThis, "fetch");
    const clip = clipboard();
    const page = await open(paired);
    await page.click("copy-pairing");
    await vi.waitFor(() => expect(clip.text()).toBe(expected));
    expect(asked).not.toHaveBeenCalled();
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
