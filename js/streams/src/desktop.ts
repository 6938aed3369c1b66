import RFB from "@novnc/novnc";
import { Channel, type Listener } from "./channel";
import { clipboardOf } from "./desktop-clipboard";
import { frame, whenSeen } from "./frame";
import type { Bundle } from "./model";
import { touchKeyboard } from "./touch";

/** Bytes that noVNC may have unread until no more are asked for. */
const UNREAD_MAX = 256 * 1024;
const VERSION = 12; // bytes
const LOOK_AGAIN = 40; // milliseconds
const AGAIN = 1500;

/** Keys that a browser or the user's own desktop takes for itself, as X11 keysyms and codes. */
const CHORDS: Record<string, [number, string][]> = {
  "Ctrl+Alt+Del": [
    [0xffe3, "ControlLeft"],
    [0xffe9, "AltLeft"],
    [0xffff, "Delete"],
  ],
  "Alt+Tab": [
    [0xffe9, "AltLeft"],
    [0xff09, "Tab"],
  ],
  "Alt+F4": [
    [0xffe9, "AltLeft"],
    [0xffc1, "F4"],
  ],
  "Ctrl+W": [
    [0xffe3, "ControlLeft"],
    [0x77, "KeyW"],
  ],
  "Ctrl+Esc": [
    [0xffe3, "ControlLeft"],
    [0xff1b, "Escape"],
  ],
  Super: [[0xffeb, "MetaLeft"]],
  Esc: [[0xff1b, "Escape"]],
};
const SIZES = { scale: "Scale to fit", resize: "Resize to fit", actual: "Actual size" };
type Size = keyof typeof SIZES;

/** The desktop of the backend. */
const desktop: Bundle = ({ model, el, waits }) => {
  const view = frame(el, "Desktop", waits);
  view.root.classList.add("cws-desktop");
  let rfb: RFB | null = null;
  let channel: Channel | null = null;
  let size: Size = "scale";
  let viewOnly = false;
  let again = 0;
  let unseen = (): void => undefined;
  const gone = new WeakSet<RFB>();
  /** What it has not read it would look at once it has closed, and complain in the console. */
  const forget = (one: RFB | null): void => {
    const queue = one?._sock;
    if (queue) queue._rQi = queue._rQlen;
  };
  /** It complains as well where it is told twice. */
  const leave = (one: RFB | null): void => {
    if (!one || gone.has(one)) return;
    forget(one);
    one.disconnect();
  };
  const clipboard = clipboardOf(view, (text) => rfb?.clipboardPasteFrom(text));

  const apply = (): void => {
    if (!rfb) return;
    rfb.viewOnly = viewOnly;
    rfb.scaleViewport = size === "scale";
    rfb.resizeSession = size === "resize";
    rfb.clipViewport = size !== "scale";
    rfb.dragViewport = false;
  };

  const connect = (start = false): void => {
    clearTimeout(again);
    unseen();
    channel?.close();
    leave(rfb);
    view.stage.replaceChildren();
    view.say("Connecting");
    const unread = (): number => {
      const queue = raw.rfb?._sock;
      return queue ? queue._rQlen - queue._rQi : 0;
    };
    let wanted = "";
    let fresh = true;
    const raw = {
      rfb: null as RFB | null,
      binaryType: "arraybuffer",
      protocol: "",
      readyState: "connecting",
      onopen: (): void => undefined,
      onmessage: (_: { data: ArrayBuffer }): void => undefined,
      onclose: (_: { code: number; reason: string; wasClean: boolean }): void => undefined,
      onerror: (): void => undefined,
      send(data: Uint8Array): void {
        // The kernel asks for the next picture by itself, once it knows which part is wanted.
        if (data.length === 10 && data[0] === 3 && data[1] === 1) {
          const part = String(data);
          if (part === wanted) return;
          wanted = part;
        }
        link.send(data);
      },
      close(): void {
        if (raw.readyState === "closed") return;
        raw.readyState = "closed";
        link.close();
        raw.onclose({ code: 1000, reason: "", wasClean: true });
      },
    };
    const drawn = (took: () => void): void => {
      if (unread() < UNREAD_MAX) took();
      else setTimeout(() => drawn(took), LOOK_AGAIN);
    };
    const over = (text: string, action = "Connect again", start = false): void => {
      view.ready(false);
      view.say(text, action, () => connect(start));
    };
    const hooks: Listener = {
      opened() {
        raw.readyState = "open";
        raw.onopen();
      },
      data(bytes, took) {
        // It may have closed for what came before.
        if (raw.readyState !== "open") return took();
        // noVNC looks no further than the version that it has to answer.
        const first = fresh ? bytes.slice(0, VERSION) : bytes;
        fresh = false;
        raw.onmessage({ data: first.slice().buffer });
        if (first.length < bytes.length && raw.readyState === "open")
          raw.onmessage({ data: bytes.slice(VERSION).buffer });
        drawn(took);
      },
      closed(reason, error) {
        raw.readyState = "closed";
        forget(raw.rfb);
        raw.onclose({ code: 1000, reason, wasClean: true });
        if (error) over(`${error.title} ${error.cause} ${error.remedy}`, "Start the desktop", true);
        else over("The desktop is not connected.");
        // It may be on its way back; that there is none any more is then said.
        if (reason === "silent") unseen = whenSeen(connect);
        if (reason === "ended") again = setTimeout(connect, AGAIN);
      },
      progress: (text, share) =>
        view.say(share === null ? text : `${text} (${Math.round(share * 100)} %)`),
      waiting: view.waiting,
      patience: view.patience,
    };
    const link = new Channel(model, hooks, start ? { start } : {});
    channel = link;
    const mine = new RFB(view.stage, raw, { shared: true });
    rfb = raw.rfb = mine;
    mine.background = "transparent";
    mine.focusOnClick = true;
    mine.showDotCursor = true;
    apply();
    mine.addEventListener("connect", () => {
      view.say("");
      view.ready(true);
    });
    mine.addEventListener("disconnect", () => {
      gone.add(mine);
      if (rfb === mine) over("The desktop is not connected.");
    });
    mine.addEventListener("clipboard", (event) =>
      clipboard.came((event as CustomEvent<{ text: string }>).detail.text),
    );
    mine.addEventListener("desktopname", (event) =>
      view.title(`Desktop ${(event as CustomEvent<{ name: string }>).detail.name}`),
    );
    mine.addEventListener("bell", view.flash);
  };

  const press = (chord: string): void => {
    const keys = CHORDS[chord] ?? [];
    for (const [keysym, code] of keys) rfb?.sendKey(keysym, code, true);
    for (const [keysym, code] of [...keys].reverse()) rfb?.sendKey(keysym, code, false);
    rfb?.focus({ preventScroll: true });
  };
  // Before noVNC, which would take it for the desktop.
  view.stage.addEventListener(
    "keydown",
    (event) => {
      if (!event.ctrlKey || !event.shiftKey || event.code !== "Period") return;
      event.preventDefault();
      event.stopPropagation();
      rfb?._keyboard?._allKeysUp();
      view.leave();
    },
    true,
  );
  view.stage.addEventListener("focusin", () => void clipboard.go());

  view.choice("Size", Object.entries(SIZES), (value) => {
    size = value as Size;
    apply();
  });
  view.choice(
    "Send keys",
    [["", "Send keys"], ...Object.keys(CHORDS).map((name) => [name, name] as [string, string])],
    (value, select) => {
      select.value = "";
      press(value);
    },
  );
  view.toggle("View only", "Look without changing anything", (on) => {
    viewOnly = on;
    apply();
  });
  if (matchMedia("(pointer: coarse)").matches)
    touchKeyboard(view, (keysym) => {
      rfb?.sendKey(keysym, null);
    });
  view.button("Clipboard", "What is copied on the desktop, and what can be pasted there", () =>
    clipboard.toggle(),
  );
  view.button("Screenshot", "Save what is shown as a picture", () =>
    rfb?.toBlob((blob) => {
      if (!blob) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `desktop-${new Date().toISOString().slice(0, 19).replace(/:/g, "-")}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }),
  );
  view.fullScreen();
  view.hint("Ctrl+Shift+. leaves the desktop");
  connect();
  return () => {
    const last = rfb;
    rfb = null;
    clearTimeout(again);
    unseen();
    leave(last);
    channel?.close();
    view.close();
  };
};

export default desktop;
