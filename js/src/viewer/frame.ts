import { make, makeButton } from "../dom/make";
import style from "../styles/frame.css";
import { bell } from "./bell";

const READ = 8000; // milliseconds

type Run = () => void;

export interface Frame {
  root: HTMLElement;
  /** Where the terminal or the desktop is drawn. */
  stage: HTMLElement;
  font: string;
  /** Shows a text until the next one, with a button for what can be done about it. */
  showStatus(text: string, action?: string, run?: Run): void;
  /** Shows a text for as long as reading it needs. */
  showNotice(text: string): void;
  ready(is: boolean): void;
  /** Shows what is known of the kernel; one that is gone leaves nothing else to say or to do. */
  kernel(text: string, gone: boolean): void;
  title(text: string): void;
  /** Shows that a bell was rung. */
  flash: Run;
  /** Moves focus out of the stage. */
  leave(): void;
  button(text: string, hint: string, run: (event: MouseEvent) => void): HTMLButtonElement;
  /** A button that is on or off. */
  toggle(text: string, hint: string, run: (on: boolean) => void): HTMLButtonElement;
  /** Values with their titles, the first one chosen. */
  choice(
    name: string,
    values: [string, string][],
    run: (value: string, select: HTMLSelectElement) => void,
  ): void;
  /** A button that shows what stands between the bar and the stage, or hides it. */
  panel(text: string, hint: string, content: HTMLElement, opened?: Run): HTMLButtonElement;
  /** Says how to get out, above all while the stage has the keyboard. */
  hint(text: string): void;
  close(): void;
}

/**
 * Runs it as soon as the page is looked at; returns what calls that off. A page in the background
 * draws nothing, so that the kernel gives it up.
 */
export function whenSeen(run: Run): Run {
  const look = (): void => {
    if (document.visibilityState !== "visible") return;
    end();
    run();
  };
  const end = (): void => document.removeEventListener("visibilitychange", look);
  document.addEventListener("visibilitychange", look);
  look();
  return end;
}

/** The bar, the stage and the notes of a view. */
export function frame(el: HTMLElement, name: string, more = ""): Frame {
  const sheet = make("style", "", more + style);
  const root = make("section", "cws");
  // No landmark: a notebook may have many of them.
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", name);
  root.dataset.testid = "stream";
  const bar = make("div", "cws-bar");
  const title = make("span", "cws-title", name);
  const tools = make("span", "cws-tools");
  bar.append(title, tools);
  const note = make("p", "cws-note");
  note.setAttribute("role", "status");
  note.dataset.testid = "stream-say";
  const stage = make("div", "cws-stage");
  stage.dataset.testid = "stream-stage";
  root.append(bar, note, stage);
  el.append(sheet, root);

  let status = "";
  let notice = "";
  let noticeTimer = 0;
  let kernel = "";
  let gone = false;
  let action: HTMLButtonElement | null = null;
  const draw = (): void => {
    const words = gone ? [kernel] : [status || kernel, ...(action ? [action] : []), notice];
    note.replaceChildren(...words.flatMap((word) => (word ? [word, " "] : [])));
    note.hidden = !note.childNodes.length;
  };
  draw();

  const view: Frame = {
    root,
    stage,
    font:
      getComputedStyle(el).getPropertyValue("--jp-code-font-family").trim() ||
      "ui-monospace, monospace",
    showStatus(text, label, run) {
      status = text;
      action = label && run ? makeButton(label, run) : null;
      draw();
    },
    showNotice(text) {
      notice = text;
      clearTimeout(noticeTimer);
      if (text) noticeTimer = setTimeout(() => view.showNotice(""), READ);
      draw();
    },
    ready(is) {
      root.dataset.ready = String(is);
    },
    kernel(text, is) {
      kernel = text;
      gone = is;
      root.dataset.kernel = gone ? "gone" : "";
      draw();
    },
    title(text) {
      title.textContent = text || name;
    },
    flash: bell(stage),
    leave() {
      tools.querySelector<HTMLElement>("button, select")?.focus();
    },
    button(text, hint, run) {
      const button = makeButton(text, run);
      button.title = hint;
      tools.append(button);
      return button;
    },
    toggle(text, hint, run) {
      const button = view.button(text, hint, () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        run(on);
      });
      button.setAttribute("aria-pressed", "false");
      return button;
    },
    choice(name, values, run) {
      const select = make("select", "");
      select.setAttribute("aria-label", name);
      for (const [value, text] of values) select.append(new Option(text, value));
      select.onchange = () => run(select.value, select);
      tools.append(select);
    },
    panel(text, hint, content, opened) {
      content.hidden = true;
      stage.before(content);
      const button = view.button(text, hint, () => {
        content.hidden = !content.hidden;
        button.setAttribute("aria-expanded", String(!content.hidden));
        const panels = [...tools.querySelectorAll('[aria-expanded="true"]')];
        root.classList.toggle("cws-open", panels.length > 0);
        if (!content.hidden) opened?.();
      });
      button.setAttribute("aria-expanded", "false");
      return button;
    },
    hint(text) {
      title.after(make("span", "cws-hint", text));
      stage.addEventListener("focusin", () => root.classList.add("cws-grabs"));
      stage.addEventListener("focusout", () => root.classList.remove("cws-grabs"));
    },
    close() {
      clearTimeout(noticeTimer);
      sheet.remove();
      root.remove();
    },
  };
  return view;
}
