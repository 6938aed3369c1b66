import { make } from "../dom/make";
import type { Frame } from "../viewer/frame";

export interface Entry {
  text: string;
  /** The keys that do the same. */
  keys?: string;
  run(): void;
  /** Where it can do nothing now. */
  disabled?: boolean;
  /** Where it is on or off. */
  checked?: boolean;
}

const EDGE = 4; // pixels to the edge of the window, at least

/**
 * A menu at a place of the window, over everything. The keyboard walks through it; Escape, a click
 * beside it and whatever takes the focus away close it.
 *
 * @param closed gets the focus back
 */
export function openMenu(view: Frame, x: number, y: number, entries: Entry[], closed: () => void) {
  view.root.querySelector(".cwt-menu")?.remove();
  const menu = make("div", "cwt-menu");
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "Terminal");
  menu.dataset.testid = "stream-menu";
  const items = entries.map(({ text, keys, run, disabled, checked }) => {
    const item = make("button", "", text);
    item.type = "button";
    item.tabIndex = -1;
    item.setAttribute("role", checked === undefined ? "menuitem" : "menuitemcheckbox");
    if (checked !== undefined) item.setAttribute("aria-checked", String(checked));
    if (disabled) item.setAttribute("aria-disabled", "true");
    if (keys) item.append(make("kbd", "", keys));
    item.onclick = () => {
      if (disabled) return;
      close(true);
      run();
    };
    menu.append(item);
    return item;
  });
  let open = true;
  const close = (refocus: boolean): void => {
    if (!open) return;
    open = false;
    menu.remove();
    if (refocus) closed();
  };
  menu.onkeydown = (event) => {
    const at = items.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) items.at(to % items.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (!menu.contains(relatedTarget as Node | null)) close(false);
  });
  // Safari's buttons take no focus from a click, and would lose it to the page.
  menu.onmousedown = (event) => event.preventDefault();
  menu.oncontextmenu = (event) => event.preventDefault();
  view.root.append(menu);
  // The top layer, where the browser has one: a cell may cut off what does not fit.
  menu.popover = "manual";
  menu.showPopover?.();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(Math.min(x, innerWidth - width - EDGE), EDGE)}px`;
  menu.style.top = `${Math.max(Math.min(y, innerHeight - height - EDGE), EDGE)}px`;
  items[0]?.focus({ preventScroll: true });
}

/**
 * Opens a menu where a right click, a long press or the menu key asks for one; with Shift it is the
 * browser's. A program that takes the mouse does not get such a click: `hand` gives it that one.
 *
 * @param takes whether a program takes the mouse
 */
export function onContextMenu(
  stage: HTMLElement,
  takes: () => boolean,
  open: (x: number, y: number, hand?: () => void) => void,
): void {
  let handing = false;
  for (const name of ["mousedown", "mouseup"] as const)
    stage.addEventListener(
      name,
      (event) => {
        if (event.button !== 2 || event.shiftKey || handing) return;
        event.stopPropagation();
      },
      true,
    );
  stage.addEventListener(
    "contextmenu",
    (event) => {
      if (event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      const { target, clientX, clientY } = event;
      const hand = (): void => {
        const click = { bubbles: true, button: 2, clientX, clientY };
        handing = true;
        target?.dispatchEvent(new MouseEvent("mousedown", { ...click, buttons: 2 }));
        target?.dispatchEvent(new MouseEvent("mouseup", click));
        handing = false;
      };
      open(clientX, clientY, takes() ? hand : undefined);
    },
    true,
  );
}
