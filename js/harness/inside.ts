/** Pictures in the place of what is shown inside the card, in the frame that is there in truth. */
import { frame } from "../src/viewer/frame";
import type { Bundle } from "../src/wire/bytes";

const HEIGHT = "220px";
const LINES = ["colab@7f2c:/content$ nvidia-smi -L", "GPU 0: Tesla T4", "colab@7f2c:/content$ "];

const terminal: Bundle = ({ el }) => {
  const view = frame(el, "Terminal");
  view.root.style.height = HEIGHT;
  view.hint("Ctrl+Shift+. leaves the terminal");
  view.button("Find", "Find text", () => undefined);
  const text = document.createElement("textarea");
  text.setAttribute("aria-label", "Terminal input");
  text.value = LINES.join("\n");
  text.style.cssText =
    "box-sizing:border-box;width:100%;height:100%;padding:4px 8px;border:0;outline:0;resize:none;" +
    "background:transparent;color:inherit;font:13px/1.4 monospace";
  view.stage.append(text);
  view.ready(true);
  return view.close;
};

const desktop: Bundle = ({ el }) => {
  const view = frame(el, "Desktop");
  view.root.classList.add("cws-desktop");
  view.root.style.height = HEIGHT;
  view.hint("Ctrl+Shift+. leaves the desktop");
  view.button("Screenshot", "Save what is shown as a picture", () => undefined);
  view.stage.style.background = "#33445a";
  view.ready(true);
  return view.close;
};

/** What the page keeps, by the names that the harness's kernel gives. */
const page = globalThis as { colabwidgetBundles?: Record<string, Promise<Bundle>> };
export const give = (name: string, bundle: Bundle): void => {
  (page.colabwidgetBundles ??= {})[name] = Promise.resolve(bundle);
};
give("terminal", terminal);
give("desktop", desktop);
