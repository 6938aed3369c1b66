import type { Terminal } from "@xterm/xterm";
import { mayUseClipboard } from "../dom/clipboard";
import type { Frame } from "../viewer/frame";
import { keepChosen, readChosen, SIZE, sizeWithin } from "./chosen";
import { type Entry, onContextMenu, openMenu } from "./menu";
import { notebookSettings } from "./notebook";

/** What the entries of the menu do. */
export interface Doings {
  copy(): Promise<void>;
  paste(text: string): void;
  find(): void;
  clear(): void;
  fit(): void;
}

const OUT = "Ctrl+Shift+. leaves the terminal";

/** The menu of a terminal, and what is chosen there: the size of letters, and a screen reader's help. */
export function tools(view: Frame, term: Terminal, doings: Doings): void {
  const resize = (size: number): void => {
    term.options.fontSize = sizeWithin(size) ?? SIZE;
    doings.fit();
  };
  const serve = (reads: boolean): void => {
    term.options.screenReaderMode = reads;
    const how = reads ? "" : ". The menu More makes it read by screen readers.";
    term.textarea?.setAttribute("aria-description", OUT + how);
  };
  const choose = (size: number): void => {
    resize(size);
    keepChosen({ size: term.options.fontSize });
  };
  const pasteClipboard = async (): Promise<void> => {
    try {
      if (!mayUseClipboard("read")) throw new Error("not allowed");
      doings.paste(await navigator.clipboard.readText());
    } catch {
      view.showNotice("The browser does not let this page read the clipboard. Press Ctrl+Shift+V.");
    }
  };
  const entries = (hand?: () => void): Entry[] => {
    const { fontSize = SIZE, screenReaderMode: reads = false, disableStdin } = term.options;
    return [
      {
        text: "Copy",
        keys: "Ctrl+Shift+C",
        disabled: !term.hasSelection(),
        run: () => void doings.copy(),
      },
      {
        text: "Paste",
        keys: "Ctrl+Shift+V",
        disabled: disableStdin,
        run: () => void pasteClipboard(),
      },
      { text: "Find", keys: "Ctrl+Shift+F", run: doings.find },
      {
        text: "Clear",
        disabled: term.buffer.active.type === "alternate",
        run: doings.clear,
      },
      ...(hand ? [{ text: "Right click for the program", run: hand }] : []),
      { text: "Larger text", run: () => choose(fontSize + 1) },
      { text: "Smaller text", run: () => choose(fontSize - 1) },
      {
        text: "Screen reader support",
        checked: reads,
        run: () => {
          serve(!reads);
          keepChosen({ reads: !reads });
        },
      },
    ];
  };
  const open = (x: number, y: number, hand?: () => void): void =>
    openMenu(view, x, y, entries(hand), () => term.focus());
  onContextMenu(view.stage, () => term.modes.mouseTrackingMode !== "none", open);
  const more = view.button(
    "More",
    "Copy, paste, clear, size of the letters, screen readers",
    () => {
      const { left, bottom } = more.getBoundingClientRect();
      open(left, bottom);
    },
  );
  more.setAttribute("aria-haspopup", "menu");

  const { size, reads } = readChosen();
  serve(reads ?? false);
  view.hint(OUT);
  void notebookSettings().then((notebook) => {
    if (notebook.optionIsMeta) term.options.macOptionIsMeta = true;
    if (reads === undefined && notebook.reads) serve(true);
    if (size === undefined && notebook.size) resize(notebook.size);
  });
}
