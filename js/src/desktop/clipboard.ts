import { mayUseClipboard } from "../dom/clipboard";
import type { Frame } from "../viewer/frame";
import { harmless } from "../viewer/pasted";

export interface DesktopClipboard {
  /** Something was copied on the desktop. */
  receive(text: string): void;
  /** Sends to the desktop what the user has copied elsewhere, if the page may read it. */
  sendLocal(): Promise<void>;
  /** Sends to the desktop what the user pastes there; false where it is too long for it. */
  sendPasted(text: string): boolean;
  /** The desktop was asked for what was copied there. */
  asked(): void;
  close(): void;
}

/** Bytes of a text that a desktop takes, as `desktops/base.py` has it told to its server. */
const TEXT_MAX = 4 * 1024 * 1024;
/** Milliseconds until what was copied on the desktop is missed. */
const MISSED = 3000;

/** Bytes of a text as noVNC sends it: UTF-8, each line end two bytes, and one for its end. */
function sizeOf(text: string): number {
  const most = 3 * text.length;
  return most < TEXT_MAX / 2
    ? most
    : new TextEncoder().encode(text.replace(/\n/g, "\r\n")).length + 1;
}

const inMegabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

const HINT = "What is copied on the desktop, and what can be pasted there";

/**
 * A field that holds what both sides have copied last. Where the page may use the clipboard
 * without a question, the field is not needed; elsewhere its button shows that there is news.
 */
export function clipboardOf(view: Frame, paste: (text: string) => void): DesktopClipboard {
  const field = document.createElement("textarea");
  field.className = "cws-clipboard";
  field.setAttribute("aria-label", "Clipboard of the desktop");
  field.placeholder = "What is copied on the desktop comes here; what you put here can be pasted.";
  field.dataset.testid = "stream-clipboard";
  const setNews = (is: boolean): void => {
    button.classList.toggle("cws-news", is);
    button.title = is ? "Something was copied on the desktop: copy it from here" : HINT;
  };
  const button = view.panel("Clipboard", HINT, field, () => {
    field.focus();
    field.select();
    setNews(false);
  });
  /** What the desktop can paste. */
  let newest = "";
  /** What this computer's clipboard was when the page last knew it. */
  let local = "";
  /** Whether the desktop's clipboard is newer than any copy that the user can have made elsewhere. */
  let isNewer = false;
  let missedTimer = 0;
  /** Tells that a text is too long for the desktop, whose own clipboard then stays as it is. */
  const isTooLong = (text: string): boolean => {
    const size = sizeOf(text);
    if (size <= TEXT_MAX) return false;
    view.showNotice(
      `What you copied is too long to be pasted here: ${inMegabytes(size)}, and the desktop takes ${inMegabytes(TEXT_MAX)}. A file may be longer.`,
    );
    return true;
  };
  const send = (text: string): void => {
    newest = text;
    paste(harmless(text));
  };
  const sendPasted = (text: string): boolean => {
    const isKnown = text === local;
    local = text;
    if (!text || text === newest || isNewer) return true;
    if (isTooLong(text)) return false;
    if (!isKnown) send((field.value = text));
    return true;
  };
  field.oninput = () => {
    isNewer = true;
    if (!isTooLong(field.value)) send(field.value);
  };
  view.stage.addEventListener("focusin", ({ relatedTarget }) => {
    if (!view.root.contains(relatedTarget as Node | null)) isNewer = false;
  });
  return {
    sendPasted,
    asked() {
      clearTimeout(missedTimer);
      missedTimer = setTimeout(() => {
        // What was there before is not what was copied.
        newest = field.value = "";
        view.showNotice("What was copied on the desktop has not come here: it may be too long.");
      }, MISSED);
    },
    close: () => clearTimeout(missedTimer),
    async receive(copied) {
      clearTimeout(missedTimer);
      // A program on the desktop may put there what it likes, and it is pasted elsewhere.
      const text = harmless(copied);
      newest = field.value = text;
      isNewer = true;
      try {
        if (!mayUseClipboard("write")) throw new Error("forbidden");
        await navigator.clipboard.writeText(text);
        local = text;
      } catch {
        // The page may not, as in a frame of another origin.
        if (field.hidden && text) setNews(true);
      }
    },
    async sendLocal() {
      if (!mayUseClipboard("read")) return;
      try {
        const name = "clipboard-read" as PermissionName;
        if ((await navigator.permissions.query({ name })).state !== "granted") return;
        const text = await navigator.clipboard.readText();
        // What is too long is said once, until it is pasted.
        if (text !== local) sendPasted(text);
      } catch {
        // The page may not; there is the field.
      }
    },
  };
}
