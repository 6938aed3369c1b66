import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import sheet from "@xterm/xterm/css/xterm.css";
import { copyText } from "../../src/clipboard";
import { Channel } from "./channel";
import { followColours } from "./colours";
import { fullScreen } from "./full-screen";
import { frame, whenSeen } from "./frame";
import type { Bundle } from "./model";

const OUT = "Ctrl+Shift+. leaves the terminal";
const SCROLLBACK = 10_000; // lines
const encoder = new TextEncoder();

/** A terminal on a shell of the backend. */
const terminal: Bundle = ({ model, el, waits }) => {
  const view = frame(el, "Terminal", waits, sheet);
  const search = new SearchAddon();
  const fit = new FitAddon();
  const term = new Terminal({
    allowProposedApi: true,
    cursorBlink: false,
    fontFamily: view.font,
    fontSize: 13,
    scrollback: SCROLLBACK,
    screenReaderMode: false,
  });
  term.loadAddon(fit);
  term.loadAddon(search);
  term.loadAddon(
    new WebLinksAddon((_, address) => {
      window.open(address, "_blank", "noopener,noreferrer");
    }),
  );
  term.open(view.stage);
  const colours = followColours(el, (theme) => (term.options.theme = theme));
  let channel: Channel | null = null;
  let repeating = false; // what is drawn again asks nothing
  let old = 0;
  let unseen = (): void => undefined;

  const fitNow = (): void => {
    if (view.stage.clientWidth > 40 && view.stage.clientHeight > 20) fit.fit();
  };
  const connect = (): void => {
    unseen();
    channel?.close();
    view.say("");
    fitNow();
    channel = new Channel(
      model,
      {
        opened(count) {
          term.reset();
          old = count;
          repeating = old > 0;
          view.ready(true);
          channel?.tell({ type: "resize", columns: term.cols, rows: term.rows });
        },
        data(bytes, took) {
          if (!repeating) return term.write(bytes, took);
          const again = bytes.subarray(0, old);
          old -= again.length;
          const last = old === 0;
          term.write(again, () => {
            if (last) repeating = false;
            if (again.length === bytes.length) took();
          });
          if (again.length < bytes.length) term.write(bytes.subarray(again.length), took);
        },
        closed(reason, error) {
          view.ready(false);
          if (reason === "ended") view.say("The shell has ended.", "Start a new one", connect);
          else if (error)
            view.say(`${error.title} ${error.cause} ${error.remedy}`, "Try again", connect);
          else view.say("The terminal is not connected.", "Connect again", connect);
          if (reason === "silent") unseen = whenSeen(connect);
        },
        waiting: view.waiting,
        patience: view.patience,
      },
      { columns: term.cols, rows: term.rows },
    );
  };

  term.onData((text) => {
    if (!repeating) channel?.send(encoder.encode(text));
  });
  term.onBinary((text) => {
    if (!repeating) channel?.send(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  });
  term.onResize(({ cols, rows }) => channel?.tell({ type: "resize", columns: cols, rows }));
  term.onBell(view.flash);
  term.onTitleChange(view.title);

  const copy = (): void => {
    if (term.hasSelection()) void copyText(term.getSelection(), view.root);
  };
  term.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey) return true;
    if (event.code === "KeyC" && term.hasSelection()) copy();
    else if (event.code === "KeyF") find.open();
    else if (event.code === "Period") view.leave();
    // The browser's own paste: it needs no permission.
    else return event.code !== "KeyV";
    event.preventDefault();
    return false;
  });
  const find = view.search(
    (text, back, fresh) => {
      if (!text) return search.clearDecorations();
      if (back) search.findPrevious(text);
      else search.findNext(text, { incremental: fresh });
    },
    () => term.focus(),
  );
  view.button("Find", "Find text (Ctrl+Shift+F)", () => find.open());
  fullScreen(view, () => term.focus());
  view.hint(OUT);
  term.textarea?.setAttribute("aria-description", OUT);

  const resized = new ResizeObserver(fitNow);
  resized.observe(view.stage);
  connect();
  return () => {
    resized.disconnect();
    unseen();
    colours();
    channel?.close();
    term.dispose();
    view.close();
  };
};

export default terminal;
