import { focusedIn } from "../dom/focus";
import type { Frame } from "../viewer/frame";
import { keysymOf } from "./keysyms";

const BACKSPACE = 0xff08;
/** Keys that write nothing into a field. */
const OTHERS: Record<string, number> = {
  Escape: 0xff1b,
  Home: 0xff50,
  ArrowLeft: 0xff51,
  ArrowUp: 0xff52,
  ArrowRight: 0xff53,
  ArrowDown: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  Delete: 0xffff,
};
/** Something to delete, or a keyboard sends nothing for it. */
const REST = "____";
const LONG = 100;

/** The keysyms that make one text of the other: an on-screen keyboard puts words right later. */
export function keysBetween(before: string, now: string): number[] {
  const [old, fresh] = [[...before], [...now]];
  let same = 0;
  while (same < old.length && same < fresh.length && old[same] === fresh[same]) same++;
  return [
    ...old.slice(same).map(() => BACKSPACE),
    ...fresh.slice(same).map((letter) => keysymOf(letter)),
  ];
}

interface Receiver {
  /** Takes X11 keysyms. */
  press(keysym: number): void;
  /** Gives the keyboard that is there to the desktop. */
  focus(): void;
  /** A touch of the desktop does not take the keyboard away meanwhile. */
  keep(is: boolean): void;
}

/** A button that lets the user type: with the device's keyboard, which a touch brings up. */
export function keyboardButton(view: Frame, hint: string, desktop: Receiver): void {
  const field = document.createElement("textarea");
  field.className = "cws-keyboard";
  field.dataset.testid = "stream-keyboard";
  field.tabIndex = -1;
  field.setAttribute("aria-label", "Keys for the desktop");
  field.autocapitalize = "off";
  field.autocomplete = "off";
  field.spellcheck = false;
  let before = "";
  const clear = (): void => void (before = field.value = REST);
  const pass = (): void => {
    for (const keysym of keysBetween(before, field.value)) desktop.press(keysym);
    before = field.value;
  };
  field.oninput = (event) => {
    pass();
    const length = field.value.length;
    const full = length > LONG || length < REST.length || field.value.endsWith("\n");
    if (full && !(event as InputEvent).isComposing) clear();
  };
  field.addEventListener("compositionend", pass);
  field.onkeydown = (event) => {
    const keysym = OTHERS[event.key];
    if (!keysym || event.isComposing) return;
    event.preventDefault();
    desktop.press(keysym);
  };
  field.onfocus = () => {
    clear();
    desktop.keep(true);
  };
  field.onblur = () => desktop.keep(false);
  view.root.append(field);

  let shown = false;
  const button = view.button("Keyboard", hint, (event) => {
    const by = (event as PointerEvent).pointerType;
    const touched = by
      ? by !== "mouse"
      : event.detail > 0 && matchMedia("(pointer: coarse)").matches;
    if (!touched) desktop.focus();
    else if (shown) field.blur();
    else field.focus({ preventScroll: true });
  });
  // The button has taken the focus by the time that it is clicked.
  button.onpointerdown = () => void (shown = focusedIn(field) === field);
}
