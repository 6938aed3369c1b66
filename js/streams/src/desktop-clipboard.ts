import type { Frame } from "./frame";

export interface DesktopClipboard {
  /** Something was copied on the desktop. */
  came(text: string): void;
  /** The user goes to the desktop: what they copied elsewhere goes with them, if the page may. */
  go(): Promise<void>;
  toggle(): void;
}

/**
 * A field that holds what both sides have copied last. Where the page may use the clipboard
 * without a question, nobody needs the field.
 */
export function clipboardOf(view: Frame, paste: (text: string) => void): DesktopClipboard {
  const field = document.createElement("textarea");
  field.className = "cws-clipboard";
  field.setAttribute("aria-label", "Clipboard of the desktop");
  field.dataset.testid = "stream-clipboard";
  field.hidden = true;
  view.stage.before(field);
  let known = "";
  field.oninput = () => {
    known = field.value;
    paste(known);
  };
  return {
    came(text) {
      known = field.value = text;
      navigator.clipboard?.writeText(text).catch(() => undefined);
    },
    async go() {
      try {
        const name = "clipboard-read" as PermissionName;
        if ((await navigator.permissions.query({ name })).state !== "granted") return;
        const text = await navigator.clipboard.readText();
        if (!text || text === known) return;
        known = field.value = text;
        paste(text);
      } catch {
        // The page may not; there is the field.
      }
    },
    toggle() {
      field.hidden = !field.hidden;
      if (!field.hidden) field.focus();
    },
  };
}
