import { focusedIn } from "../dom/focus";
import { make, makeButton } from "../dom/make";
import type { Frame } from "./frame";

/** Asks over the stage before something is done that cannot be undone. */
export function confirm(view: Frame, text: string, action: string, run: () => void): void {
  view.root.querySelector(".cwt-ask")?.remove();
  const before = focusedIn(view.root) as HTMLElement | null;
  const note = make("p", "cws-note cwt-ask", `${text} `);
  note.setAttribute("role", "group");
  note.setAttribute("aria-label", text);
  note.dataset.testid = "stream-ask";
  const answer = (label: string, chosen: () => void): HTMLButtonElement => {
    const button = makeButton(label, () => {
      note.remove();
      before?.focus({ preventScroll: true });
      chosen();
    });
    note.append(button, " ");
    return button;
  };
  answer(action, run);
  const no = answer("Cancel", () => undefined);
  note.onkeydown = (event) => {
    if (event.key === "Escape") no.click();
  };
  view.stage.before(note);
  no.focus();
}
