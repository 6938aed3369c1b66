import { keyOf } from "../dom/chords";
import { make } from "../dom/make";
import { keysymOf } from "./keysyms";

/** The key code of a key that an input method has taken (UI Events, section 7.3). */
const TAKEN = 229;
/** Milliseconds until a key goes on without what it was to paste. */
const PATIENCE = 100;

export interface Keyboard {
  /** Takes a key that is held, as noVNC's own listener does. */
  keyDown(event: KeyboardEvent): void;
  /** Presses and releases a key, an X11 keysym. */
  press(keysym: number): void;
  /** Puts a text of this computer on the desktop's clipboard; false where it takes none so long. */
  paste(text: string): boolean;
}

/**
 * The field that has the keyboard's focus while the desktop is typed on.
 *
 * Input methods, and dead keys of macOS, compose in a field and nowhere else; and a field is given
 * what is pasted by every browser, with no permission. All other keys are noVNC's, which listens on
 * this field: they are not changed, and not later.
 */
export function keyField(stage: HTMLElement, desktop: Keyboard): HTMLTextAreaElement {
  const field = make("textarea", "cws-keys");
  field.dataset.testid = "stream-keys";
  field.setAttribute("aria-label", "Desktop");
  field.autocapitalize = "off";
  field.autocomplete = "off";
  field.spellcheck = false;
  // A touch of the desktop brings no keyboard onto the screen; the button Keyboard does.
  field.inputMode = "none";
  field.tabIndex = -1;

  let held: KeyboardEvent | null = null;
  let timer = 0;
  const goOn = (): void => {
    const event = held;
    held = null;
    clearTimeout(timer);
    if (event) desktop.keyDown(event);
  };
  const write = (text: string): void => {
    for (const letter of text) desktop.press(keysymOf(letter));
  };
  const clear = (): void => {
    field.value = field.style.width = "";
    field.classList.remove("cws-composes");
  };

  // Candidates of an input method are shown beside its field.
  let [x, y] = [0, 0];
  const place = (): void => {
    const box = stage.getBoundingClientRect();
    const within = (at: number, length: number): number => Math.max(0, Math.min(at, length - 40));
    field.style.left = `${within(x - box.left, box.width)}px`;
    field.style.top = `${within(y - box.top, box.height)}px`;
  };
  for (const name of ["pointermove", "pointerdown"] as const)
    stage.addEventListener(name, (event) => void ([x, y] = [event.clientX, event.clientY]), true);

  // Before noVNC, which keeps every key that it sees from the browser.
  field.addEventListener("keydown", (event) => {
    goOn();
    if (isComposed(event)) {
      place();
      event.stopImmediatePropagation();
    } else if (isPaste(event)) {
      event.stopImmediatePropagation();
      held = event;
      timer = setTimeout(goOn, PATIENCE);
    }
  });
  field.addEventListener("keyup", goOn);
  field.addEventListener("blur", () => {
    goOn();
    clear();
  });
  field.addEventListener("paste", (event) => {
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain");
    // Else the key would paste what was there before.
    if (text && !desktop.paste(text)) held = null;
    goOn();
  });
  field.addEventListener("compositionstart", () => field.classList.add("cws-composes"));
  field.addEventListener("compositionend", (event) => {
    clear();
    write(event.data);
  });
  field.addEventListener("input", (event) => {
    // A browser that tells of the end first has put the text in again.
    if ((event as InputEvent).isComposing) {
      field.style.width = `${2 * field.value.length + 2}ch`;
      return;
    }
    const text = field.value;
    clear();
    write(text);
  });
  return field;
}

export const isMac = (): boolean => /^mac/i.test(navigator.platform);

/** Whether a key is a part of what an input method composes. */
function isComposed(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === TAKEN) return true;
  // Elsewhere the X server composes: its dead keys are keysyms.
  return event.key === "Dead" && isMac();
}

/** Whether a browser pastes after this key. */
function isPaste(event: KeyboardEvent): boolean {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (key === "Insert") return shiftKey && !ctrlKey && !altKey && !metaKey;
  return keyOf(event) === "v" && (ctrlKey || metaKey) && !altKey;
}
