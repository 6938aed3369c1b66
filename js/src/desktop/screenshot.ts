import { make, makeButton } from "../dom/make";
import type { Frame } from "../viewer/frame";

const READ_BY_THEN = 60_000; // milliseconds

/** A button that saves the picture of `capture`; where a page may save no files, it shows it. */
export function screenshotButton(
  view: Frame,
  capture: (done: (blob: Blob | null) => void) => void,
): void {
  const box = make("div", "cws-picture");
  box.hidden = true;
  view.stage.before(box);
  const show = (url: string): void => {
    const picture = document.createElement("img");
    picture.src = url;
    picture.alt = "Screenshot";
    const words = make("p", "", "No file? Copy or save this picture by a right click on it.");
    const close = makeButton("Close screenshot", () => {
      box.hidden = true;
      URL.revokeObjectURL(url);
      button.focus();
    });
    const beside = document.createElement("div");
    beside.append(words, close);
    box.replaceChildren(picture, beside);
    box.hidden = false;
  };
  const button = view.button("Screenshot", "Save what is shown as a picture", () =>
    capture((blob) => {
      if (!blob) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `desktop-${new Date().toISOString().slice(0, 19).replace(/:/g, "-")}.png`;
      link.click();
      // A frame that may save no files gets no error.
      if (globalThis.origin === "null") show(link.href);
      else setTimeout(() => URL.revokeObjectURL(link.href), READ_BY_THEN);
    }),
  );
}
