/**
 * Shows states of the built widget: harness/index.html#working,lab-dark, or several as a sheet, each
 * as wide as is said: #form+working,lab-dark,480; each in a shadow root: #form,lab-dark,480,shadow
 */
import axe from "axe-core";
// @ts-expect-error The built module has no types.
import built from "../../colabwidget/static/card.js";
// @ts-expect-error The built module has no types.
import session from "../../colabwidget/static/session.js";
// @ts-expect-error The built module has no types.
import bridge from "../../colabwidget/static/bridge.js";
import type { Bundle } from "../src/wire/bytes";
import { FakeModel } from "./fake";
import { give } from "./inside";
import { play, SCENES } from "./scenes";
import { state } from "./states";

const THEMES = [
  "lab-light",
  "lab-dark",
  "colab-light",
  "colab-dark",
  "vscode-light",
  "vscode-dark",
  "vscode-contrast",
  "system-light",
  "system-dark",
  "classic",
];

/** Waits from here on are a user's or a kernel's, milliseconds. */
const LONG = 1000;

const card = built as Bundle;
give("session", session as Bundle);
give("bridge", bridge as Bundle);
const render = (view: { model: FakeModel; el: HTMLElement }): (() => void) =>
  card({ ...view, waits: false, early: [] });

/** What waits in a sheet, by its number. */
let waiting = new Map<number, () => void>();
/** Numbers that no timer of the browser has. */
let next = 1e9;
/** How often what waits anew is let go on: a question, and what follows if it is not answered. */
const ROUNDS = 2;

/** In a sheet time stands still, so that it looks the same however slow the machine is. */
function holdTime(): void {
  // Also the time of day that a card shows.
  const at = new Date(2026, 0, 5, 14, 5).getTime();
  const { setTimeout, clearTimeout } = window;
  Date.now = () => at;
  Object.assign(window, {
    setTimeout(action: () => void, ms = 0) {
      if (ms < LONG) return setTimeout(action, ms);
      waiting.set(++next, action);
      return next;
    },
    clearTimeout: (number: number) => void (waiting.delete(number) || clearTimeout(number)),
  });
}

/** What waited for long has waited long enough. */
function pass(): void {
  for (let round = 0; round < ROUNDS; round++) {
    const due = waiting;
    waiting = new Map();
    for (const action of due.values()) action();
  }
}

const make = (): HTMLElement => document.createElement("div");

/** Shows one state, or several below each other: their names with a plus between them, or "all". */
async function show(): Promise<void> {
  const [wanted = "", theme = "lab-light", width = "", root = ""] = location.hash
    .slice(1)
    .split(",");
  document.body.dataset.theme = theme || "lab-light";
  const names = wanted === "all" ? Object.keys(SCENES) : (wanted || "idle").split("+");
  const sheet = names.length > 1 || width !== "";
  if (sheet) holdTime();
  document.body.classList.toggle("sheet", sheet);
  const main = document.createElement("main");
  main.id = "cell";
  document.getElementById("cell")?.replaceWith(main);
  const models: Record<string, FakeModel> = {};
  for (const name of names) {
    const cell = main.appendChild(make());
    cell.dataset.scene = name;
    if (width) cell.style.width = `${width}px`;
    waiting = new Map();
    const place = root ? cell.attachShadow({ mode: "open" }).appendChild(make()) : cell;
    models[name] = await play(name, place, render, pass);
  }
  if (sheet) (document.activeElement as HTMLElement | null)?.blur();
  const model = models[names[0] ?? ""];
  Object.assign(window, { axe, models, model, state, ready: location.hash });
}

const nav = document.getElementById("nav");
for (const [at, names] of [Object.keys(SCENES), THEMES].entries()) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", at ? "Theme" : "State");
  for (const name of names) select.add(new Option(name));
  select.addEventListener("change", () => {
    const parts = location.hash.slice(1).split(",");
    parts[at] = select.value;
    location.hash = parts.join(",");
  });
  nav?.append(select);
}

addEventListener("hashchange", () => void show());
void show();
