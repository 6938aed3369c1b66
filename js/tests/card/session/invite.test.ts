import { describe, expect, it } from "vitest";
import * as kernel from "../../../harness/states";
import { answer, clipboard, open, useTestTime } from "../../support";

type Content = Record<string, unknown>;

const { details, GUEST, INVITATIONS, INVITED, NO_SHELL } = kernel;
const connected = (more: Content = {}, around: Content = {}): Content =>
  kernel.state("connected", { details_revision: 1, ...more }, around);
const invited = (): Content[] => [
  connected({ invitations: INVITATIONS, present: [GUEST] }),
  details(kernel.SSH, 1, null, kernel.ENDPOINT, INVITED),
];
const fill = (page: Awaited<ReturnType<typeof open>>, id: string, value: string): void => {
  (page.get(id) as HTMLInputElement).value = value;
};

useTestTime();

describe("the form of an invitation", () => {
  it("asks for a terminal by a password that is valid once, unless told otherwise", async () => {
    const page = await open([connected(), details()]);
    expect(page.find("invite-form")).toBeNull();
    await page.click("invite");
    await page.click("invite-make");
    const asked = { sees: "shell", typing: false, minutes: 30, key: "" };
    expect(page.model.last("invite")).toMatchObject(asked);
  });

  it.each([
    ["type", "shell", true],
    ["desktop", "desktop", false],
  ])("sends what was chosen: %s", async (choice, sees, typing) => {
    const page = await open([connected(), details()]);
    await page.click("invite");
    fill(page, "invite-sees", choice);
    fill(page, "invite-minutes", "240");
    fill(page, "invite-key", "github:octocat");
    await page.click("invite-make");
    const asked = { sees, typing, minutes: 240, key: "github:octocat" };
    expect(page.model.last("invite")).toMatchObject(asked);
    // What was pasted stays no longer than it is needed.
    expect((page.get("invite-key") as HTMLInputElement).value).toBe("");
  });

  it("says why no invitation was made", async () => {
    const page = await open([connected(), details()]);
    await page.click("invite");
    await page.click("invite-make");
    expect(page.get("invite-make").getAttribute("aria-disabled")).toBe("true");
    await page.say(connected({}, answer(page, "invite", NO_SHELL)));
    expect(page.get("refused").textContent).toContain("There is no terminal to show.");
    expect(page.get("invite-make").getAttribute("aria-disabled")).toBe("false");
    await page.click("refused-read");
    expect(page.find("refused")).toBeNull();
  });
});

describe("invitations", () => {
  it("are shown with what the guest sees, how they sign in and how long", async () => {
    const page = await open(invited());
    const rows = page.get("invitations").querySelectorAll("dd > div:has(+ [data-testid=revoke])");
    expect([...rows].map((each) => each.textContent)).toEqual([
      "sees a terminal, typing in it · by key github:octocat · is in · 28 min left",
      "sees a terminal · by one-time password · is not in · 29 min left",
      "sees the desktop · by one-time password · is not in · over",
    ]);
    expect(page.get("present").textContent).toContain("Guest, SSH");
    expect(page.get("present").textContent).toContain("guest-3fa91c · from 198.51.100.7");
  });

  it("have a line to send, with the host key, and passwords that are covered", async () => {
    const clip = clipboard();
    const page = await open(invited());
    const lines = [...page.el.querySelectorAll("[data-testid=guest-command]")];
    expect(lines.map((each) => each.textContent)).toEqual(INVITED.map(({ command }) => command));
    await page.click("copy-guest-3fa91c");
    expect(clip.text()).toBe(`${INVITED[0]!.command}\n# host key: ${kernel.SSH.fingerprint}`);
    await page.click("copy-guest-90c4d2");
    expect(clip.text()).toContain("\n# then open localhost:1 in a VNC viewer\n# host key: ");
    const shown = page.get("invitations").textContent;
    for (const { password, viewer_password } of INVITED) {
      if (password) expect(shown).not.toContain(password);
      if (viewer_password) expect(shown).not.toContain(viewer_password);
    }
    await page.click("show-guest-b20e77-0");
    expect(page.get("guest-b20e77-0").textContent).toBe(INVITED[1]!.password);
  });

  it("are revoked one by one", async () => {
    const page = await open(invited());
    const buttons = page.el.querySelectorAll<HTMLElement>("[data-testid=revoke]");
    expect(buttons[1]?.getAttribute("aria-label")).toBe("Revoke: guest-b20e77");
    buttons[1]?.click();
    expect(page.model.last("revoke")).toMatchObject({ name: "guest-b20e77" });
  });

  it("are nothing where none is open", async () => {
    const page = await open([connected(), details()]);
    expect(page.find("invitations")).toBeNull();
  });
});
