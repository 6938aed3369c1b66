import { mayUseClipboard } from "../dom/clipboard";
import type { Frame } from "../viewer/frame";
import { harmless } from "../viewer/pasted";

export interface DesktopClipboard {
  /** Something was copied on the desktop. */
  receive(text: string): void;
  /** Sends to the desktop what the user has copied elsewhere, if the page may read it. */
  sendLocal(): Promise<void>;
  /** Sends to the desktop what the user pastes there. */
  sendPasted(text: string): void;
}

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
  const send = (text: string): void => {
    newest = field.value = text;
    paste(harmless(text));
  };
  const sendPasted = (text: string): void => {
    const isKnown = text === local;
    local = text;
    if (!text || text === newest || isKnown || isNewer) return;
    send(text);
  };
  field.oninput = () => {
    isNewer = true;
    send(field.value);
  };
  view.stage.addEventListener("focusin", ({ relatedTarget }) => {
    if (!view.root.contains(relatedTarget as Node | null)) isNewer = false;
  });
  return {
    sendPasted,
    async receive(copied) {
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
        sendPasted(await navigator.clipboard.readText());
      } catch {
        // The page may not; there is the field.
      }
    },
  };
}
