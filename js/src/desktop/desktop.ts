import RFB from "@novnc/novnc";
import { leaves } from "../dom/chords";
import { make, makeButton } from "../dom/make";
import { Channel, type Listener } from "../viewer/channel";
import { filesBeside } from "../viewer/files-beside";
import { frame, whenSeen } from "../viewer/frame";
import { fullScreen } from "../viewer/full-screen";
import { watchKernel } from "../viewer/kernel-watch";
import type { Bundle } from "../wire/bytes";
import type { Model } from "../wire/model";
import { clipboardOf } from "./clipboard";
import { filmOf } from "./film";
import { keepDense, screenDensity, watchDensity } from "./density";
import { screenshotButton } from "./screenshot";
import { isMac, keyField } from "./keys";
import { keepInFullScreen } from "./keep-in-full-screen";
import { soundButton } from "./sound";
import { keyboardButton } from "./touch";

/** Bytes that noVNC may have unread until no more are asked for. */
const UNREAD_MAX = 256 * 1024;
const VERSION = 12; // bytes
/** Why the desktop has another size: another viewer has asked for it (ExtendedDesktopSize). */
const OTHER_VIEWER = 2;
/** ClientCutText of the extended clipboard, with the first byte of its flags: it asks for a text. */
const CUT_TEXT = 6;
const REQUEST = 2;
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
const OUT = "Ctrl+Shift+. leaves the desktop";
/** Said before it happens: a page is not asked about this key. */
const CLOSES = `${isMac() ? "Cmd" : "Ctrl"}+W closes this tab`;
const SIZES = {
  scale: "Scale to fit",
  resize: "Resize to fit",
  sharp: "Resize to fit, sharp",
  actual: "Actual size",
};
type Size = keyof typeof SIZES;

/** The desktop of the backend. */
const desktop: Bundle = ({ model, el, waits }) => {
  const view = frame(el, "Desktop");
  view.root.classList.add("cws-desktop");
  let rfb: RFB | null = null;
  let channel: Channel | null = null;
  let size: Size = "scale";
  /** Whether this view has the say about the desktop's size: it was touched last, of all views. */
  let decides = true;
  let viewOnly = false;
  /** What this view has had the desktop drawn at, in per cent. */
  let dense = 100;
  let gone = false;
  let moves = false;
  let retryTimer = 0;
  let cancelReconnect = (): void => undefined;
  const disconnected = new WeakSet<RFB>();
  /** noVNC reads the bytes that are left after it has closed, and logs an error about them. */
  const discardUnread = (one: RFB | null): void => {
    const queue = one?._sock;
    if (queue) queue._rQi = queue._rQlen;
  };
  /** The memory of its pictures is given back now; the next one's would be fresh, which costs more. */
  const freePictures = (one: RFB): void => {
    // Pictures that are still being decoded have nowhere to go any more.
    if (one._display?._renderQ) one._display._renderQ.length = 0;
    for (const canvas of [one._display?._target, one._display?._backbuffer])
      if (canvas) canvas.width = canvas.height = 0;
  };
  /** noVNC also logs an error where it is disconnected twice. */
  const leave = (one: RFB | null): void => {
    if (!one || disconnected.has(one)) return;
    discardUnread(one);
    film.release(one);
    disconnected.add(one);
    one.disconnect();
    freePictures(one);
  };
  /** That the kernel is gone shows where something is sent to it. */
  const watchedModel: Model = {
    get: (name) => model.get(name),
    set: (name, value) => model.set(name, value),
    save_changes: () => model.save_changes(),
    on: (event, callback) => model.on(event, callback),
    off: (event, callback) => model.off(event, callback),
    send(...message) {
      try {
        model.send(...message);
      } catch (error) {
        view.ready(false);
        view.showStatus("The kernel has gone. Run the cell again.");
        throw error;
      }
    },
  };
  const fingers = matchMedia("(any-pointer: coarse)").matches;

  const field = keyField(view.stage, {
    keyDown: (event) => void (rfb?.viewOnly || rfb?._keyboard?._handleKeyDown(event)),
    press: (keysym) => rfb?.sendKey(keysym, null),
    paste: (text) => clipboard.sendPasted(text),
  });
  field.setAttribute("aria-description", OUT);
  view.stage.append(field);

  const fits = (): boolean => size === "resize" || size === "sharp";
  const density = (): number => (size === "sharp" && decides ? screenDensity() : 100);
  const apply = (): void => {
    if (!rfb) return;
    rfb.viewOnly = viewOnly || gone;
    const resizes = fits() && decides;
    if (!rfb.viewOnly && density() !== dense) {
      dense = density();
      channel?.sendControl({ type: "density", percent: dense });
    }
    rfb.scaleViewport = size === "scale" || size === "sharp" || (fits() && !resizes);
    rfb.resizeSession = resizes;
    // What is larger than the view has scroll bars; a finger cannot move them, but the picture.
    const large = fingers && size === "actual";
    rfb.clipViewport = large;
    rfb.dragViewport = large && moves;
    move.hidden = !large;
  };

  /** A page that lies open elsewhere does not take back the size that another view has set. */
  const giveWay = (): void => {
    if (fits() && decides)
      view.showNotice("Another view has set the desktop's size. A click sets it to this one's.");
    decides = false;
    apply();
  };
  const decide = (): void => {
    if (decides) return;
    decides = true;
    apply();
  };

  const connect = (start = false): void => {
    decides &&= document.hasFocus();
    dense = 100;
    clearTimeout(retryTimer);
    cancelReconnect();
    channel?.close();
    leave(rfb);
    // The field stays where it is: what is typed meanwhile is no shortcut of the notebook's.
    for (const each of [...view.stage.children]) if (each !== field) each.remove();
    view.showStatus("Connecting");
    const unread = (): number => {
      const queue = raw.rfb?._sock;
      return queue ? queue._rQlen - queue._rQi : 0;
    };
    let requestedPart = "";
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
          if (part === requestedPart) return;
          requestedPart = part;
        }
        if (data[0] === CUT_TEXT && data[8] === REQUEST) clipboard.asked();
        link.send(film.asked(data));
      },
      close(): void {
        if (raw.readyState === "closed") return;
        raw.readyState = "closed";
        link.close();
        // Later, as a WebSocket does: noVNC begins to wait for it after this call, and would log
        // three seconds later that it has not come.
        queueMicrotask(() => raw.onclose({ code: 1000, reason: "", wasClean: true }));
      },
    };
    const whenDrawn = (done: () => void): void => {
      // Of a rectangle that is larger than all that may be unread, it waits for the rest.
      if (unread() < UNREAD_MAX || !raw.rfb?._flushing) done();
      else setTimeout(() => whenDrawn(done), LOOK_AGAIN);
    };
    const showEnded = (text: string, action = "Connect again", start = false): void => {
      view.ready(false);
      view.showStatus(text, action, () => connect(start));
    };
    const hooks: Listener = {
      opened() {
        raw.readyState = "open";
        raw.onopen();
      },
      data(bytes, done) {
        // It may have closed for what came before.
        if (raw.readyState !== "open") return done();
        // noVNC looks no further than the version that it has to answer.
        const first = fresh ? bytes.slice(0, VERSION) : bytes;
        fresh = false;
        raw.onmessage({ data: first.slice().buffer });
        if (first.length < bytes.length && raw.readyState === "open")
          raw.onmessage({ data: bytes.slice(VERSION).buffer });
        whenDrawn(done);
      },
      closed(reason, error) {
        raw.readyState = "closed";
        discardUnread(raw.rfb);
        raw.onclose({ code: 1000, reason, wasClean: true });
        if (error)
          showEnded(`${error.title} ${error.cause} ${error.remedy}`, "Start the desktop", true);
        else showEnded("The desktop is not connected.");
        // It may be on its way back; that there is none any more is then said.
        if (reason === "silent") cancelReconnect = whenSeen(connect);
        if (reason === "ended") retryTimer = setTimeout(connect, AGAIN);
      },
      progress: (text, share) =>
        view.showStatus(share === null ? text : `${text} (${Math.round(share * 100)} %)`),
      waiting: kernel.waiting,
      patience: kernel.patience,
    };
    const link = new Channel(watchedModel, hooks, start ? { start } : {});
    channel = link;
    const mine = new RFB(view.stage, raw, { shared: true });
    rfb = raw.rfb = mine;
    mine.background = "transparent";
    mine.focusOnClick = true;
    mine.showDotCursor = true;
    film.watch(mine);
    const { _canvas: canvas, _cursor: cursor } = mine;
    canvas?.setAttribute("role", "img");
    canvas?.setAttribute("aria-label", "Picture of the desktop");
    canvas?.addEventListener("focus", focus);
    mine.focus = (options) => field.focus(options);
    if (mine._keyboard) mine._keyboard._target = field;
    const readSize = mine._handleExtendedDesktopSize?.bind(mine);
    if (readSize)
      mine._handleExtendedDesktopSize = () => {
        const isOfAnother = mine._FBU?.x === OTHER_VIEWER;
        const isRead = readSize();
        if (isRead && isOfAnother) giveWay();
        return isRead;
      };
    if (cursor) {
      const detach = cursor.detach.bind(cursor);
      cursor.detach = () => {
        // It looks for it there.
        if (cursor._canvas.isConnected) document.body.append(cursor._canvas);
        detach();
      };
    }
    keepDense(mine, density);
    apply();
    mine.addEventListener("connect", () => {
      view.showStatus("");
      view.ready(true);
    });
    mine.addEventListener("disconnect", () => {
      disconnected.add(mine);
      if (rfb === mine) showEnded("The desktop is not connected.");
    });
    mine.addEventListener("clipboard", (event) =>
      clipboard.receive((event as CustomEvent<{ text: string }>).detail.text),
    );
    mine.addEventListener("desktopname", (event) =>
      view.title(`Desktop ${(event as CustomEvent<{ name: string }>).detail.name}`),
    );
    mine.addEventListener("bell", view.flash);
  };

  const focus = (): void => field.focus({ preventScroll: true });
  const press = (chord: string): void => {
    const keys = CHORDS[chord] ?? [];
    for (const [keysym, code] of keys) rfb?.sendKey(keysym, code, true);
    for (const [keysym, code] of [...keys].reverse()) rfb?.sendKey(keysym, code, false);
  };
  const keysUp = (): void => rfb?._keyboard?._allKeysUp();
  // Before noVNC, which would take it for the desktop.
  view.stage.addEventListener(
    "keydown",
    (event) => {
      if (!leaves(event)) return;
      event.preventDefault();
      event.stopPropagation();
      view.leave();
    },
    true,
  );
  view.stage.addEventListener("focusin", () => void clipboard.sendLocal());
  // Their releases go elsewhere from now on.
  view.stage.addEventListener("focusout", keysUp);

  for (const touch of ["pointerdown", "keydown"])
    view.root.addEventListener(touch, decide, { capture: true, passive: true });
  const sizes = Object.entries(SIZES).filter(
    ([value]) => value !== "sharp" || screenDensity() > 100,
  );
  const endDensity = watchDensity(apply);
  view.choice("Size", sizes, (value) => {
    size = value as Size;
    decides = true;
    apply();
  });
  const move = view.toggle("Move", "A finger moves the picture", (on) => {
    moves = on;
    apply();
  });
  keyboardButton(view, `Type on the desktop; ${OUT}`, {
    press: (keysym) => rfb?.sendKey(keysym, null),
    focus,
    keep(is) {
      if (rfb) rfb.focusOnClick = !is;
      view.root.classList.toggle("cws-grabs", is);
    },
  });
  const chords = make("div", "cws-chords");
  chords.setAttribute("role", "group");
  chords.setAttribute("aria-label", "Keys to send");
  for (const name of Object.keys(CHORDS)) {
    const button = makeButton(name, (event) => {
      press(name);
      // After a press by key, focus stays: the next buttons are reached by keys too.
      if (event.detail) focus();
    });
    chords.append(button);
  }
  view.panel("Send keys", "Keys that the browser takes for itself", chords);
  const clipboard = clipboardOf(view, (text) => rfb?.clipboardPasteFrom(text));
  view.toggle("View only", "Look without changing anything", (on) => {
    viewOnly = on;
    view.root.classList.toggle("cws-looks", on);
    for (const each of chords.querySelectorAll("button")) each.disabled = on;
    apply();
  });
  const sound = soundButton(model, view);
  const film = filmOf(
    view,
    () => rfb,
    () => connect(),
  );
  screenshotButton(view, (done) => rfb?.toBlob(done));
  const endFiles = filesBeside(model, el, view);
  fullScreen(view, focus);
  keepInFullScreen(view.root, () => rfb);
  view.hint(`${OUT}, ${CLOSES}`);
  const kernel = watchKernel(model, el, waits, (text, is) => {
    gone = is;
    if (gone) sound.close();
    view.kernel(text, gone);
    apply();
  });
  connect();
  return () => {
    const last = rfb;
    rfb = null;
    clearTimeout(retryTimer);
    cancelReconnect();
    endFiles();
    clipboard.close();
    sound.close();
    endDensity();
    kernel.close();
    leave(last);
    channel?.close();
    view.close();
  };
};

export default desktop;
