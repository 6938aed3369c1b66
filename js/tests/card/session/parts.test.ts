/** The part of the card that shows a session: how it comes, and what is shown until then. */
import { afterEach, describe, expect, it, vi } from "vitest";
import session from "../../../src/card/connected/entry";
import * as kernel from "../../../harness/states";
import { bundles, open, type Page, turn, useTestTime } from "../../support";

const { details, state } = kernel;
const connected = { details_revision: 1, endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } };
const up = [state("connected", connected), details()];

/** What the page has asked about the part, oldest first. */
const asked = ({ model }: Page): unknown[] =>
  model.sent
    .filter(({ type, kind }) => type === "inside" && kind === "session")
    .map(({ content }) => (content as { type: string }).type);

const pass = async (ms: number): Promise<void> => {
  vi.advanceTimersByTime(ms);
  await turn();
};

/** From here on the page lacks it. */
const lose = (): void => void delete bundles.session;
const come = (): void => void (bundles.session = Promise.resolve(session));

useTestTime();
afterEach(come);

describe("the part that shows a session", () => {
  it("is not fetched for a form", async () => {
    const page = await open();
    expect(asked(page)).toEqual([]);
  });

  it("is fetched at the click on Connect, long before there are details", async () => {
    lose();
    const page = await open();
    await page.type("token", "2abc");
    await page.click("connect");
    expect(asked(page)).toEqual(["ready", "bundle"]);
    expect(page.find("part-loading")).toBeNull();
  });

  it("is fetched before the kernel answers where the notebook tells of a session", async () => {
    lose();
    expect(asked(await open([], { phase: "connected" }))).toEqual(["ready", "bundle"]);
  });

  it("is asked for until it comes, and takes focus then", async () => {
    lose();
    const page = await open([state("working", { steps: kernel.STEPS })]);
    page.get("cancel").focus();
    await page.say(...up);
    expect(page.get("part-loading").textContent).toBe("Loading the details");
    expect(page.get("disconnect")).toBeTruthy();
    expect(page.find("ssh-command")).toBeNull();
    await pass(1500);
    await pass(3000);
    expect(asked(page)).toEqual(["ready", "bundle", "bundle", "bundle"]);
    come();
    await pass(6000);
    expect(page.find("part-loading")).toBeNull();
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
    expect((document.activeElement as HTMLElement).dataset.focus).toBe("connected");
  });

  it("is said to be missing after some seconds, and asked for at a click", async () => {
    lose();
    const page = await open(up);
    await pass(6000);
    expect(page.get("part-failed").getAttribute("role")).toBe("alert");
    expect(page.get("part-failed").textContent).toContain("colabwidget.connect()");
    const before = asked(page).length;
    await page.click("part-retry");
    expect(page.find("part-failed")).toBeNull();
    expect(page.find("part-loading")).not.toBeNull();
    expect(asked(page)).toHaveLength(before + 1);
    await pass(6000);
    expect(page.find("part-failed")).not.toBeNull();
    come();
    await page.click("part-retry");
    expect(page.get("ssh-command").textContent).toBe(kernel.SSH.command);
  });

  it("comes though the page has told of trouble", async () => {
    lose();
    const page = await open(up);
    await pass(10_000);
    expect(page.find("part-failed")).not.toBeNull();
    come();
    await pass(20_000);
    expect(page.find("part-failed")).toBeNull();
    expect(page.find("ssh-command")).not.toBeNull();
  });

  it("is said to be forbidden where the page cannot run it", async () => {
    bundles.session = Promise.reject(new Error("forbidden"));
    bundles.session.catch(() => undefined);
    const page = await open(up);
    expect(page.get("part-failed").textContent).toContain("does not let the card load");
    come();
    await page.click("part-retry");
    expect(page.find("ssh-command")).not.toBeNull();
  });

  it("is kept where a kernel sends it unasked", async () => {
    lose();
    const page = await open([state("idle")]);
    const content = { type: "hello", bundle: "another", waits: true };
    bundles.another = Promise.resolve(session);
    page.model.emit("msg:custom", { type: "inside", kind: "session", content }, []);
    await page.say(...up);
    expect(page.find("ssh-command")).not.toBeNull();
    delete bundles.another;
  });

  it("is asked for no more once the view is closed", async () => {
    lose();
    const page = await open(up);
    page.close();
    const before = asked(page).length;
    await pass(60_000);
    expect(asked(page)).toHaveLength(before);
    expect(page.model.listening).toBe(0);
  });
});
