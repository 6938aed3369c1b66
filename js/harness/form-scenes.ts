/** The states of the form. */
import { click, type Scene, turn } from "./scene";
import { BOAT, ERROR, NOTICE, PROVIDERS, RELAY_UNKNOWN, state } from "./states";

async function giveKey(cell: HTMLElement): Promise<void> {
  click(cell, "more");
  await turn();
  const field = cell.querySelector<HTMLTextAreaElement>("[data-testid=public-key]");
  if (field) field.value = "github:ana";
  field?.dispatchEvent(new Event("input", { bubbles: true }));
  await turn();
}

export const FORM_SCENES: Record<string, Scene> = {
  idle: { messages: [state("idle")] },
  notice: { traits: { host: NOTICE }, messages: [state("idle", {}, { host: NOTICE })] },
  more: {
    messages: [state("idle")],
    then: (cell) => click(cell, "more"),
  },
  "desktop-form": {
    traits: { desktop: true },
    messages: [state("idle")],
    then: (cell) => click(cell, "more"),
  },
  "key-given": { messages: [state("idle")], then: giveKey },
  "key-given-folded": {
    messages: [state("idle")],
    async then(cell) {
      await giveKey(cell);
      click(cell, "more");
    },
  },
  "desktop-needs-ssh": {
    traits: { desktop: true, ssh: false, tunnel: "direct" },
    messages: [state("idle")],
    then: (cell) => click(cell, "connect"),
  },
  direct: { traits: { tunnel: "direct" }, messages: [state("idle")] },
  relay: {
    traits: { tunnel: "relay", server: "ana@relay.example.org", providers: [...PROVIDERS, BOAT] },
    messages: [state("idle")],
  },
  "by-name": { traits: { token_secret: "NGROK_AUTHTOKEN" }, messages: [state("idle")] },
  "secret-missing": {
    traits: { token_secret: "NGROK_AUTHTOKEN" },
    messages: [state("idle")],
    async then(cell, model) {
      click(cell, "connect");
      await turn();
      const error = {
        ...ERROR,
        code: "secret_missing",
        title: "There is no secret NGROK_AUTHTOKEN.",
        cause: "Neither Colab's secrets nor the environment have it.",
        remedy: "Add it there, under that name, or paste the token instead.",
        link: "",
      };
      const reply = { request: model.last("connect")?.request, error };
      model.say(state("idle", {}, { last_reply: reply }));
    },
  },
  "trust-key": {
    traits: { tunnel: "relay", server: "relay.example.org" },
    messages: [state("idle")],
    async then(cell, model) {
      click(cell, "connect");
      await turn();
      const reply = { request: model.last("connect")?.request, error: RELAY_UNKNOWN };
      model.say(state("idle", {}, { last_reply: reply }));
    },
  },
  missing: { messages: [state("idle")], then: (cell) => click(cell, "connect") },
  refused: {
    messages: [state("idle")],
    async then(cell, model) {
      const field = cell.querySelector<HTMLInputElement>("[data-testid=token]");
      if (field) field.value = "2abc";
      click(cell, "connect");
      await turn();
      const error = {
        ...ERROR,
        code: "token_shape",
        title: "This is not an ngrok authtoken.",
        cause: "It is shorter than one.",
        remedy: "Copy it from the dashboard.",
      };
      const reply = { request: model.last("connect")?.request, error };
      model.say(state("idle", {}, { last_reply: reply }));
    },
  },
};
