import type { Terminal } from "@xterm/xterm";
import { make, makeButton } from "../dom/make";
import type { Frame } from "../viewer/frame";
import { harmless } from "../viewer/pasted";

const MOST = 1_000_000; // characters of base64
const SHOWN = 40; // characters

/** The text that a program has for the clipboard (OSC 52), or '' where it is none, or only asks. */
export function readOffer(data: string): string {
  const found = /^[a-z0-7]*;([A-Za-z0-9+/\s]+=*)\s*$/.exec(data);
  if (!found || data.length > MOST) return "";
  try {
    const bytes = Uint8Array.from(atob(found[1]!), (letter) => letter.charCodeAt(0));
    return harmless(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return "";
  }
}

/**
 * Shows what programs have for the clipboard, which they never get at: a click copies it. The newest
 * counts. What a program asks of the clipboard has no answer.
 *
 * @param listens whether the terminal takes notice of it now
 */
export function offerCopies(
  view: Frame,
  term: Terminal,
  listens: () => boolean,
  copy: (text: string) => Promise<void>,
): void {
  const over = make("div", "cwt-over");
  view.stage.before(over);
  const close = (): void => {
    over.replaceChildren();
    term.focus();
  };
  term.parser.registerOscHandler(52, (data) => {
    const text = listens() ? readOffer(data) : "";
    if (!text) return true;
    const line = text.replace(/\s+/g, " ").trim();
    const shown = line.length > SHOWN ? `${line.slice(0, SHOWN)} …` : line;
    const note = make("p", "cwt-offer", `A program has text for your clipboard: “${shown}” `);
    note.setAttribute("role", "status");
    note.dataset.testid = "stream-offer";
    note.append(
      makeButton("Copy", () => void copy(text).then(close)),
      makeButton("Dismiss", close),
    );
    over.replaceChildren(note);
    return true;
  });
}
