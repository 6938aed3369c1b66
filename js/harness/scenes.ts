/** Every state of the widget, as the kernel tells it and as a user then finds it. */
import {
  ALL_DONE,
  connected,
  DESKTOP_DETAILS,
  DESKTOP_SCENES,
  withDesktop,
} from "./desktop-scenes";
import { FakeModel } from "./fake";
import { FILES_SCENES } from "./files";
import { FORM_SCENES } from "./form-scenes";
import { REFUSED_SCENES } from "./refused-scenes";
import { click, show, type Scene, turn } from "./scene";
import {
  DESKTOP_STEPS,
  details,
  DONE,
  ERROR,
  GUEST,
  INVITATIONS,
  INVITED,
  LINES,
  log,
  NO_SHELL,
  OFFERS,
  LOAD,
  OPTIONS,
  PRESENT,
  OTHER_VERSION,
  RELAY_REFUSED,
  SSH,
  state,
  STEPS,
  TOOLS,
  traits,
} from "./states";
import { WAYS_SCENES } from "./ways-scenes";

/** A kernel that can seal nothing. */
async function cannotSeal(_: HTMLElement, model: FakeModel): Promise<void> {
  while (!model.last("reveal")) await turn();
  const { view, curve } = model.last("reveal") ?? {};
  model.say({ type: "cannot_seal", view, curve, reason: "library" });
}

/** How far it came before the tunnel failed. */
const BROKEN_OFF = STEPS.map((each) =>
  each.status === "running" ? { ...each, status: "failed", seconds: 3.2 } : each,
);

export const SCENES: Record<string, Scene> = {
  ...FORM_SCENES,
  asking: { traits: { phase: "connected" } },
  dead: { traits: { phase: "connected" }, late: true },
  pending: {
    messages: [state("idle", {}, { clicks_wait: true })],
    then(cell) {
      const field = cell.querySelector<HTMLInputElement>("[data-testid=token]");
      if (field) field.value = "2abc_def";
      click(cell, "connect");
    },
  },
  working: {
    messages: [state("working", { steps: STEPS, elapsed: 7, log_end: LINES.length }), log(LINES)],
  },
  search: {
    messages: [state("working", { steps: STEPS, elapsed: 7, log_end: LINES.length }), log(LINES)],
    async then(cell) {
      click(cell, "log-search");
      await turn();
      const field = cell.querySelector<HTMLInputElement>("[data-testid=log-query]");
      if (!field) return;
      field.value = "ng";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await turn();
      click(cell, "log-next");
    },
  },
  unknown: {
    messages: [
      state("working", {
        steps: STEPS.map((each) => ({ ...each, progress: null })),
        elapsed: 7,
      }),
    ],
  },
  connected: {
    messages: [
      state("connected", {
        ...connected,
        steps: DONE,
        options: OPTIONS,
        use: { connections: 3, bytes: 12.4e6 },
        closing: { reason: "idle", seconds: 3500 },
      }),
      log(LINES),
      details(),
      { type: "load", load: LOAD },
    ],
  },
  shared: {
    messages: [
      state("connected", { ...connected, steps: DONE, options: OPTIONS }, { places: 2 }),
      log(LINES),
      details(),
    ],
  },
  "shared-form": { messages: [state("idle", {}, { places: 3 })] },
  unsealed: {
    messages: [state("connected", { ...connected, steps: DONE }), log(LINES)],
    then: cannotSeal,
  },
  "unsealed-changed": {
    messages: [
      state("connected", { ...connected, steps: DONE }),
      log(LINES),
      details(),
      state("connected", { ...connected, steps: DONE, details_revision: 2 }),
    ],
    then: cannotSeal,
  },
  present: {
    messages: [
      state("connected", { ...connected, steps: DONE, present: PRESENT }),
      log(LINES),
      details(),
    ],
    then: (cell) => click(cell, "details-toggle"),
  },
  "closes-soon": {
    messages: [
      state("connected", {
        ...connected,
        steps: DONE,
        options: OPTIONS,
        use: { connections: 41, bytes: 930e6 },
        closing: { reason: "idle", seconds: 272 },
      }),
      log(LINES),
      details(),
    ],
  },
  "new-passwords": {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    async then(cell) {
      await show(cell, "details-toggle");
      click(cell, "new-passwords");
    },
  },
  shown: {
    messages: [state("connected", { ...connected, steps: DONE }), log(LINES), details()],
    async then(cell) {
      await show(cell, "details-toggle");
      click(cell, "show-password");
      click(cell, "log-toggle");
      await turn();
      for (const each of cell.querySelectorAll("details")) each.open = true;
    },
  },
  attach: {
    messages: [
      state("connected", { ...connected, steps: DONE }),
      details({ ...SSH, attaching: "cwa1.eNqrVkrLz1eyUkpKLFKqBQAdegQ" }),
    ],
    async then(cell) {
      await show(cell, "details-toggle");
      for (const each of cell.querySelectorAll("details")) {
        each.open = each.dataset.testid === "attach";
      }
    },
  },
  "desktop-idle": {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    then: (cell) => click(cell, "tab-desktop"),
  },
  "more-ways": {
    messages: [
      state("connected", { ...connected, steps: DONE }),
      details({ ...SSH, tools: TOOLS }),
    ],
    async then(cell) {
      await show(cell, "details-toggle");
      for (const each of cell.querySelectorAll("details")) {
        each.open = each.dataset.testid === "more-ways";
      }
    },
  },
  keyonly: {
    messages: [
      state("connected", { ...connected, steps: DONE }),
      details({
        ...SSH,
        password: null,
        verified: false,
        verified_reason: "this provider needs a program on your side",
      }),
    ],
  },
  moved: {
    messages: [
      state("connected", connected),
      details(),
      state("connected", { ...connected, details_revision: 2 }),
      details({ ...SSH, command: "ssh -p 23456 colab@1.tcp.eu.ngrok.io" }, 2),
    ],
  },
  "invite-form": {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    async then(cell) {
      await show(cell, "details-toggle");
      click(cell, "invite");
    },
  },
  "invite-error": {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    async then(cell, model) {
      await show(cell, "details-toggle");
      await show(cell, "invite");
      click(cell, "invite-make");
      await turn();
      const reply = { request: model.last("invite")?.request, error: NO_SHELL };
      model.say(state("connected", { ...connected, steps: DONE }, { last_reply: reply }));
    },
  },
  invited: {
    messages: [
      state("connected", {
        ...connected,
        steps: DONE,
        present: [...PRESENT.slice(0, 1), GUEST],
        invitations: INVITATIONS,
      }),
      details(SSH, 1, null, undefined, INVITED),
    ],
    then: (cell) => click(cell, "details-toggle"),
  },
  ...WAYS_SCENES,
  ...REFUSED_SCENES,
  reconnecting: {
    messages: [
      state("reconnecting", {
        ...connected,
        elapsed: 3600,
        steps: DONE.map((each, i) =>
          i === 3 ? { ...each, status: "running", detail: "the ngrok agent has ended" } : each,
        ),
      }),
      details(),
    ],
  },
  ...DESKTOP_SCENES,
  ...FILES_SCENES,
  restarted: {
    messages: [state("connected", { ...connected, steps: DONE }), log(LINES), details()],
    then(cell, model) {
      // As ipywidgets says it.
      cell.classList.add("jupyter-widgets-disconnected");
      model.emit("comm_live_update");
    },
  },
  unanswered: {
    messages: [state("connected", { ...connected, steps: DONE }), log(LINES), details()],
    then: (cell) => click(cell, "disconnect"),
    late: true,
  },
  inside: {
    messages: [withDesktop("connected", ALL_DONE, 2), DESKTOP_DETAILS],
    async then(cell) {
      await show(cell, "tab-desktop");
      await show(cell, "open-desktop");
      await show(cell, "tab-terminal");
      click(cell, "open-terminal");
    },
  },
  closing: { messages: [state("closing", { log_end: LINES.length }), log(LINES)] },
  "other-version": {
    messages: [state("failed", { epoch: "", revision: 0, error: OTHER_VERSION })],
  },
  kept: {
    messages: [
      state("failed", {
        error: ERROR,
        kept: true,
        steps: [
          ...DONE.map((each, i) => (i === 3 ? { ...each, status: "failed" } : each)),
          ...DESKTOP_STEPS.map((each) => ({ ...each, status: "cancelled", seconds: 2.5 })),
        ],
        log_end: LINES.length,
      }),
      log(LINES),
    ],
  },
  offers: {
    messages: [
      state("failed", {
        error: { ...ERROR, offers: OFFERS },
        steps: BROKEN_OFF,
        log_end: LINES.length,
      }),
      log(LINES),
    ],
  },
  "line-to-copy": {
    messages: [
      state("failed", { error: RELAY_REFUSED, steps: BROKEN_OFF, log_end: LINES.length }),
      log(LINES),
    ],
  },
  failed: {
    messages: [
      state("failed", { error: ERROR, steps: BROKEN_OFF, log_end: LINES.length }),
      log(LINES),
    ],
  },
};

/** Plays the scene of that name in `cell`; `pass` lets what waits for seconds happen. */
export async function play(
  name: string,
  cell: HTMLElement,
  render: (view: { model: FakeModel; el: HTMLElement }) => () => void,
  pass: () => void,
): Promise<FakeModel> {
  const scene = SCENES[name] ?? {};
  const model = new FakeModel(traits(scene.traits));
  render({ model, el: cell });
  for (const message of scene.messages ?? []) model.say(message);
  await turn();
  await scene.then?.(cell, model);
  await turn();
  if (scene.late) pass();
  await turn();
  return model;
}
