/** Shows one state of the built widget: harness/index.html#working,lab-dark */
import axe from "axe-core";
// @ts-expect-error The built module has no types.
import widget from "../../colabwidget/static/widget.js";
import { FakeModel } from "./fake";
import { play, SCENES } from "./scenes";

const THEMES = [
  "lab-light",
  "lab-dark",
  "colab-light",
  "colab-dark",
  "vscode-dark",
  "system-light",
  "system-dark",
  "classic",
];

type Render = (view: { model: FakeModel; el: HTMLElement }) => () => void;

async function show(): Promise<void> {
  const [scene = "idle", theme = "lab-light"] = location.hash.slice(1).split(",");
  document.body.dataset.theme = theme;
  const cell = document.createElement("main");
  cell.id = "cell";
  document.getElementById("cell")?.replaceWith(cell);
  const { render } = widget as { render: Render };
  Object.assign(window, { axe, model: await play(scene || "idle", cell, render) });
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
