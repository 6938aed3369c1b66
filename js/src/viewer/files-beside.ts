/** Files beside a terminal or a desktop that stands alone in a cell; inside a card, that has them. */
import { type Ground, keepDrops } from "../dom/drops";
import { makeButton } from "../dom/make";
import { draw, type Words } from "../stub/draw";
import type { Named } from "../wire/bytes";
import { modelInside } from "../wire/inside";
import type { Model } from "../wire/model";
import type { Frame } from "./frame";

const WORDS: Words = {
  dead: "Loading",
  forbidden: "This page does not allow what the files need.",
};

/**
 * Takes what is dropped on the view, and has a button for the list of files.
 *
 * @param el where the view is drawn; the list is drawn below it
 * @returns ends it
 */
export function filesBeside(model: Model, el: Ground, view: Frame): () => void {
  if (el.closest("[data-drops]")) return () => undefined;
  let named: Named | undefined;
  let end: (() => void) | null = null;
  const place = document.createElement("div");
  place.dataset.testid = "inside-files";

  const show = (on: boolean): void => {
    if (on === !!end) return;
    button.setAttribute("aria-pressed", String(on));
    if (!on) {
      end?.();
      end = null;
      place.remove();
      return;
    }
    el.append(place);
    end = draw({
      model: modelInside(model, "files"),
      el: place,
      words: WORDS,
      named,
      onNamed: (found) => (named = found),
      onDrawn() {
        const close = makeButton("Close", () => {
          show(false);
          button.focus();
        });
        close.setAttribute("aria-label", "Close files");
        place.querySelector(".cws-tools")?.append(close);
        place.scrollIntoView?.({ block: "nearest" });
      },
    });
  };
  const button = view.toggle("Files", "Send and fetch files, or drop them here", show);
  keepDrops(el, () => show(true));
  return () => {
    show(false);
    delete el.dataset.drops;
    el.ondragover = el.ondrop = null;
  };
}
