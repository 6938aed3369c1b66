import type { Terminal } from "@xterm/xterm";
import { keyOf, leaves } from "../dom/chords";

/** What chords do. */
export interface Actions {
  copy(): Promise<void>;
  find(): void;
  leave(): void;
}

/**
 * The control character that a terminal sends for a key with Ctrl; '' where xterm.js knows best.
 * It goes by the number of a key, which differs between layouts and browsers for all but letters.
 */
export function controlOf(key: string): string {
  if (key === "/") return "\x1f";
  return /^[@[\\\]^_]$/.test(key) ? String.fromCharCode(key.charCodeAt(0) & 0x1f) : "";
}

/** The terminal's own chords; what is no such chord goes to the shell. */
export function bindShortcuts(term: Terminal, { copy, find, leave }: Actions): void {
  term.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown" || !event.ctrlKey || event.altKey || event.metaKey) return true;
    const key = keyOf(event);
    const control = controlOf(key);
    if (leaves(event)) leave();
    else if (control) term.input(control);
    else if (!event.shiftKey) {
      // As in other terminals of browsers: what is selected is copied, and the next one interrupts.
      if (key !== "c" || !term.hasSelection()) return true;
      void copy().then(() => term.clearSelection());
    } else if (key === "c") void copy();
    else if (key === "f") find();
    // The browser's own paste: it needs no permission.
    else return key !== "v";
    event.preventDefault();
    return false;
  });
}
