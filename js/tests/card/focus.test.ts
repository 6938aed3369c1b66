import { expect, it } from "vitest";
import * as kernel from "../../harness/states";
import { open, useTestTime } from "../support";

const { details, state } = kernel;
const connected = { details_revision: 1, endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } };
const place = (): string | undefined =>
  (document.activeElement as HTMLElement | null)?.dataset.focus;

useTestTime();

it("waits at the head for details that come later than the news of them", async () => {
  const page = await open([state("working", { steps: kernel.STEPS })]);
  page.get("cancel").focus();
  await page.say(state("connected", connected));
  expect(place()).toBe("head");
  await page.say(details());
  expect(place()).toBe("connected");
});

it("goes with the content in a shadow root, which has a focus of its own", async () => {
  const host = document.body.appendChild(document.createElement("div"));
  const root = host.attachShadow({ mode: "open" });
  const inside = (): string | undefined =>
    (root.activeElement as HTMLElement | null)?.dataset.focus;
  const page = await open([state("working", { steps: kernel.STEPS })], {}, root);
  page.get("cancel").focus();
  await page.say(state("connected", connected));
  expect(inside()).toBe("head");
  await page.say(details());
  expect(inside()).toBe("connected");
  page.get("disconnect").focus();
  await page.say(details());
  expect(root.activeElement).toBe(page.get("disconnect"));
  host.remove();
});

it("leaves a focus that has moved on where it is", async () => {
  const page = await open([state("working", { steps: kernel.STEPS })]);
  page.get("cancel").focus();
  await page.say(state("connected", connected));
  page.get("disconnect").focus();
  await page.say(details());
  expect(document.activeElement).toBe(page.get("disconnect"));
});
