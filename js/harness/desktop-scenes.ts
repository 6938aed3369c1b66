/** The states of the desktop, beside SSH and without a tunnel. */
import { click, type Scene, show } from "./scene";
import {
  DESKTOP,
  DESKTOP_DONE,
  DESKTOP_ERROR,
  DESKTOP_STEPS,
  details,
  DONE,
  LINES,
  log,
  OPTIONS,
  SSH,
  state,
  STEPS,
} from "./states";

type Content = Record<string, unknown>;

export const DESKTOP_DETAILS = details(SSH, 2, DESKTOP);
export const connected = {
  endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 },
  details_revision: 1,
};

export const ALL_DONE = [...DONE, ...DESKTOP_DONE];

export const withDesktop = (
  phase: string,
  steps: Content[],
  details_revision = 1,
  error: Content | null = null,
): Content =>
  state("connected", {
    ...connected,
    options: { ...OPTIONS, desktop: true },
    steps,
    details_revision,
    desktop: { phase, error },
  });

/** A session that opens nothing to the outside. */
const onlyHere = (phase: string, steps: Content[], around: Content = {}): Content =>
  state(
    "connected",
    {
      options: { ...OPTIONS, tunnel: "none", ssh: false, desktop: true },
      steps: [...DONE.slice(0, 1), ...steps],
      desktop: { phase, error: null },
    },
    around,
  );

export const DESKTOP_SCENES: Record<string, Scene> = {
  "desktop-planned": {
    messages: [
      state("working", { steps: [...STEPS, ...DESKTOP_STEPS], elapsed: 7, log_end: LINES.length }),
      log(LINES),
    ],
  },
  "desktop-installing": {
    messages: [withDesktop("working", [...DONE, ...DESKTOP_STEPS]), details()],
    then: (cell) => click(cell, "tab-desktop"),
  },
  "desktop-connected": {
    messages: [withDesktop("connected", ALL_DONE, 2), DESKTOP_DETAILS],
    then: (cell) => click(cell, "tab-desktop"),
  },
  "desktop-ready": { messages: [withDesktop("connected", ALL_DONE, 2), DESKTOP_DETAILS] },
  "desktop-shown": {
    messages: [withDesktop("connected", ALL_DONE, 2), DESKTOP_DETAILS],
    async then(cell) {
      await show(cell, "tab-desktop");
      await show(cell, "details-toggle");
      click(cell, "show-vnc-password");
      click(cell, "show-view-only-password");
    },
  },
  "desktop-lost": {
    messages: [withDesktop("reconnecting", ALL_DONE, 2), DESKTOP_DETAILS],
    then: (cell) => click(cell, "tab-desktop"),
  },
  "desktop-failed": {
    messages: [withDesktop("failed", DONE, 1, DESKTOP_ERROR), details()],
    then: (cell) => click(cell, "tab-desktop"),
  },
  "desktop-closing": {
    messages: [withDesktop("closing", ALL_DONE), details()],
    then: (cell) => click(cell, "tab-desktop"),
  },
  "here-form": { traits: { tunnel: "none" }, messages: [state("idle")] },
  "here-terminal": {
    messages: [state("idle")],
    then: (cell) => click(cell, "open-terminal"),
  },
  "here-installing": { messages: [onlyHere("working", DESKTOP_STEPS)] },
  "here-desktop": {
    messages: [onlyHere("connected", DESKTOP_DONE, { inside: { desktop: true } })],
  },
  "here-closed": {
    messages: [onlyHere("connected", DESKTOP_DONE, { inside: { desktop: false } })],
  },
  "here-lost": {
    messages: [onlyHere("reconnecting", DESKTOP_DONE, { inside: { desktop: true } })],
  },
};
