import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import sheet from "@xterm/xterm/css/xterm.css";
import { copyText } from "../dom/clipboard";
import own from "../styles/terminal.css";
import { confirm } from "../viewer/confirm";
import { Channel } from "../viewer/channel";
import { filesBeside } from "../viewer/files-beside";
import { frame, whenSeen } from "../viewer/frame";
import { fullScreen } from "../viewer/full-screen";
import { watchKernel } from "../viewer/kernel-watch";
import type { Bundle } from "../wire/bytes";
import { partAnswers } from "./answers";
import { readChosen, SIZE } from "./chosen";
import { followColours } from "./colours";
import { finder } from "./find";
import { keepHeight } from "./height";
import { offerCopies } from "./offer";
import { guardPastes } from "./paste";
import { mendReversed } from "./reversed";
import { Replay } from "./replay";
import { bindShortcuts } from "./shortcuts";
import { tools } from "./tools";
import { turnWheel } from "./wheel";
import { useWidths } from "./widths";

const SCROLLBACK = 10_000; // lines
const FIRST = "main"; // the shell that is shown where no name is given
const encoder = new TextEncoder();

/** Opens what a shell has printed as a link, in a tab that knows nothing of this one. */
const follow = (address: string): void => {
  if (!/^https?:$/.test(new URL(address).protocol)) return;
  try {
    window.open(address, "_blank", "noopener,noreferrer");
  } catch {
    // VS Code opens it itself, and throws.
  }
};

/** A terminal on a shell of the backend. */
const terminal: Bundle = ({ model, el, waits }) => {
  const given = model.get("name");
  const name = typeof given === "string" && given !== FIRST ? given : "";
  const view = frame(el, name ? `Terminal ${name}` : "Terminal", sheet + own);
  const chosen = readChosen();
  if (chosen.height) view.root.style.height = `${chosen.height}px`;
  const fit = new FitAddon();
  const term = new Terminal({
    allowProposedApi: true,
    cursorBlink: false,
    fontFamily: view.font,
    fontSize: chosen.size ?? SIZE,
    // Here the text may be another than the address.
    linkHandler: {
      activate: (_, address) => follow(address),
      hover: (_, address) => (view.stage.title = address),
      leave: () => view.stage.removeAttribute("title"),
    },
    scrollback: SCROLLBACK,
    screenReaderMode: chosen.reads ?? false,
  });
  useWidths(term);
  term.loadAddon(fit);
  term.loadAddon(new WebLinksAddon((_, address) => follow(address)));
  term.open(view.stage);
  mendReversed(term);
  let isDark = false;
  const colours = followColours(el, ({ theme, dark, contrast }) => {
    isDark = dark;
    term.options.minimumContrastRatio = contrast;
    term.options.theme = theme;
  });
  let channel: Channel | null = null;
  let replay: Replay | null = null;
  /** What is drawn again asks nothing. */
  const repeating = (): boolean => !!replay?.repeats;
  let open = false;
  let gone = false;
  let cancelReconnect = (): void => undefined;

  const fitNow = (): void => {
    if (!repeating() && view.stage.clientWidth > 40 && view.stage.clientHeight > 20) fit.fit();
  };
  /** What was printed before is on the screen, at this view's size: a click is where it seems to be. */
  const drawn = (): void => {
    fitNow();
    view.ready(true);
  };
  const connect = (): void => {
    cancelReconnect();
    channel?.close();
    replay?.close();
    replay = null;
    view.showStatus("");
    fitNow();
    channel = new Channel(
      model,
      {
        opened(old, sizes) {
          term.reset();
          view.title("");
          channel?.sendControl({ type: "resize", columns: term.cols, rows: term.rows });
          replay = new Replay(term, old, sizes, drawn);
          kernel.waiting(false);
          open = true;
          end.disabled = gone;
        },
        data: (bytes, done) => replay?.write(bytes, done),
        closed(reason, error) {
          view.ready(false);
          open = false;
          end.disabled = true;
          clearTimeout(missed);
          kernel.waiting(false);
          if (reason === "ended") view.showStatus("The shell has ended.", "New shell", reconnect);
          else if (error)
            view.showStatus(
              `${error.title} ${error.cause} ${error.remedy}`,
              "Try again",
              reconnect,
            );
          else view.showStatus("The terminal is not connected.", "Connect again", reconnect);
          if (reason === "silent") cancelReconnect = whenSeen(connect);
        },
        waiting: kernel.waiting,
        patience: kernel.patience,
      },
      { columns: term.cols, rows: term.rows },
    );
  };

  const reconnect = (): void => {
    connect();
    term.focus();
  };

  partAnswers(
    term,
    (text, isSure) => {
      if (isSure || !repeating()) channel?.send(encoder.encode(text));
    },
    (text) => {
      if (!repeating()) channel?.sendControl({ type: "answer", text });
    },
  );
  const paste = guardPastes(view, term);
  term.onBinary((text) => {
    if (!repeating()) channel?.send(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  });
  term.onResize(({ cols, rows }) => {
    if (!repeating()) channel?.sendControl({ type: "resize", columns: cols, rows });
    // xterm.js 6.0 would draw the selection before this one, which is none any more.
    if (!term.hasSelection()) term.clearSelection();
  });
  term.onBell(() => {
    if (!repeating()) view.flash();
  });
  term.onTitleChange((text) => view.title(name && text ? `${name}: ${text}` : text));

  const copyOut = async (text: string): Promise<void> => {
    if (await copyText(text, view.root)) view.showNotice("");
    else view.showNotice("The browser lets this page copy nothing.");
  };
  const copy = async (): Promise<void> => {
    if (term.hasSelection()) await copyOut(term.getSelection());
  };
  const clear = (): void => {
    // The shell's other views, and later ones, have it as well.
    channel?.sendControl({ type: "clear", row: term.buffer.active.cursorY });
  };
  offerCopies(view, term, () => !repeating(), copyOut);
  const find = finder(view, term, () => isDark);
  bindShortcuts(term, { copy, find: find.open, leave: view.leave });
  turnWheel(term);
  let missed = 0;
  const end = view.button("End shell", "End the shell with all that runs in it", () =>
    confirm(view, "End the shell, with all that runs in it?", "End it", () => {
      term.focus();
      channel?.sendControl({ type: "end" });
      missed = setTimeout(() => kernel.waiting(true), kernel.patience);
    }),
  );
  const endFiles = filesBeside(model, el, view);
  fullScreen(view, () => term.focus());
  tools(view, term, { copy, paste, find: find.open, clear, fit: fitNow });

  const kernel = watchKernel(model, el, waits, (text, is) => {
    gone = is;
    view.kernel(text, gone);
    // Nothing takes what is typed now; it must not come later.
    term.options.disableStdin = gone;
    end.disabled = gone || !open;
  });
  const resized = new ResizeObserver(fitNow);
  resized.observe(view.stage);
  const endKeeping = keepHeight(view.root);
  connect();
  return () => {
    resized.disconnect();
    endKeeping();
    cancelReconnect();
    clearTimeout(missed);
    endFiles();
    kernel.close();
    colours();
    channel?.close();
    term.dispose();
    view.close();
  };
};

export default terminal;
