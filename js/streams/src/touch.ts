import type { Frame } from "./frame";

const RETURN = 0xff0d;
const BACKSPACE = 0xff08;
/** X11 keysyms above Latin-1 are Unicode with this bit (X Protocol, appendix A). */
const UNICODE = 0x0100_0000;

export const keysymOf = (letter: string): number => {
  const code = letter.codePointAt(0) ?? 0;
  if (letter === "\n") return RETURN;
  return code < 0x100 ? code : UNICODE | code;
};

/** A button that brings up the keyboard of a device without one; `press` gets X11 keysyms. */
export function touchKeyboard(view: Frame, press: (keysym: number) => void): void {
  const field = document.createElement("textarea");
  field.className = "cw-hidden";
  field.setAttribute("aria-label", "Keys for the desktop");
  field.autocapitalize = "off";
  field.autocomplete = "off";
  field.spellcheck = false;
  // Something to delete, or a keyboard sends nothing for it.
  const rest = "____";
  const clear = (): void => void (field.value = rest);
  field.addEventListener("beforeinput", (event) => {
    if (event.inputType === "deleteContentBackward") press(BACKSPACE);
    else if (event.inputType === "insertLineBreak") press(RETURN);
    else if (event.data && !event.isComposing) for (const each of event.data) press(keysymOf(each));
  });
  field.addEventListener("compositionend", (event) => {
    for (const each of event.data) press(keysymOf(each));
  });
  field.addEventListener("input", (event) => {
    if (!(event as InputEvent).isComposing) clear();
  });
  clear();
  view.root.append(field);
  view.button("Keyboard", "Show the keyboard of this device", () => field.focus());
}
