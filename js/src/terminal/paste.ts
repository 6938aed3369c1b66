import type { Terminal } from "@xterm/xterm";
import { isOfFiles } from "../dom/drops";
import { confirm } from "../viewer/confirm";
import type { Frame } from "../viewer/frame";
import { harmless, linesOf } from "../viewer/pasted";

/**
 * What is pasted or dropped runs nothing: it is made harmless, and lines that would run are asked about.
 *
 * @returns pastes a text
 */
export function guardPastes(view: Frame, term: Terminal): (text: string) => void {
  const paste = (text: string): void => {
    const clean = harmless(text);
    const hand = (): void => {
      term.paste(clean);
      term.focus();
    };
    const lines = linesOf(clean);
    // A program that has asked for pastes to be marked does not take their line ends for Enter.
    if (lines < 2 || term.modes.bracketedPasteMode) return hand();
    const count = `Paste ${lines} lines?`;
    confirm(view, `${count} What runs here may take the end of each for Enter.`, "Paste", hand);
  };
  const take = (event: Event, text: string | undefined): void => {
    // The field for a search is the page's own.
    if (!term.element?.contains(event.target as Node)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (text && !term.options.disableStdin) paste(text);
  };
  const textOf = (data: DataTransfer | null): string | undefined => data?.getData("text/plain");
  // Before xterm.js, which would hand it on as it is.
  view.stage.addEventListener("paste", (event) => take(event, textOf(event.clipboardData)), true);
  view.stage.addEventListener(
    "drop",
    (event) => {
      // Files are for what stands around the terminal.
      if (!isOfFiles(event)) take(event, textOf(event.dataTransfer));
    },
    true,
  );
  // Keyboards on glass and input methods put whole texts in, some of them from a clipboard.
  view.stage.addEventListener(
    "beforeinput",
    (event) => {
      const { data } = event;
      if (data && data !== "\n" && (linesOf(data) > 1 || harmless(data) !== data))
        take(event, data);
    },
    true,
  );
  return paste;
}
