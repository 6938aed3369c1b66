import { SearchAddon } from "@xterm/addon-search";
import type { Terminal } from "@xterm/xterm";
import { make, makeButton } from "../dom/make";
import type { Frame } from "../viewer/frame";

const MOST = 1000; // matches that are counted and marked
const MARKS = {
  light: ["#ffe9a8", "#ffb84d"],
  dark: ["#5c4a12", "#9a6200"],
};

/** A field that finds text in what a terminal has; the newest is found first. */
export function finder(view: Frame, term: Terminal, isDark: () => boolean): { open(): void } {
  const search = new SearchAddon({ highlightLimit: MOST });
  term.loadAddon(search);
  const box = make("span", "cwt-find");
  const field = make("input", "");
  field.type = "search";
  field.setAttribute("aria-label", "Find");
  const count = make("span", "cwt-count");
  count.setAttribute("role", "status");
  count.dataset.testid = "stream-found";
  box.append(field, count);
  box.hidden = true;

  const find = (up: boolean): void => {
    if (!field.value) {
      search.clearDecorations();
      count.textContent = "";
      return;
    }
    const [all, one] = isDark() ? MARKS.dark : MARKS.light;
    const decorations = {
      matchBackground: all,
      matchOverviewRuler: all!,
      activeMatchBackground: one,
      activeMatchColorOverviewRuler: one!,
    };
    if (up) search.findPrevious(field.value, { decorations });
    else search.findNext(field.value, { decorations });
  };
  search.onDidChangeResults(({ resultIndex: at, resultCount: found }) => {
    if (!field.value) return;
    if (!found) count.textContent = "No match";
    else if (found >= MOST) count.textContent = `${MOST} or more`;
    else count.textContent = `${at + 1} of ${found}`;
  });
  for (const [text, name, up] of [
    ["↑", "Previous match (Enter)", true],
    ["↓", "Next match (Shift+Enter)", false],
  ] as const) {
    const button = makeButton(text, () => find(up));
    button.title = name;
    button.setAttribute("aria-label", name);
    box.append(button);
  }

  const open = (): void => {
    box.hidden = false;
    field.focus();
    field.select();
    find(true);
  };
  const close = (): void => {
    box.hidden = true;
    search.clearDecorations();
    term.focus();
  };
  field.oninput = () => find(true);
  box.onkeydown = (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.target === field) find(!event.shiftKey);
    else return;
    event.preventDefault();
  };
  view.button("Find", "Find text (Ctrl+Shift+F)", () => (box.hidden ? open() : close()));
  // Over the stage: in the bar it would give the shell another size.
  const over = make("div", "cwt-over");
  over.append(box);
  view.stage.before(over);
  return { open };
}
