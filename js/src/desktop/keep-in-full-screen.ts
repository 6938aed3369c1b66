import type RFB from "@novnc/novnc";
import { treeOf } from "../dom/focus";

const MOUSE = "noVNC_mouse_capture_elem";

/**
 * Keeps in the view what noVNC puts into the page's body: what is not in the view is not on a full
 * screen. There a button's release would never be seen, and what waits for it would cover the
 * whole page afterwards.
 */
export function keepInFullScreen(root: HTMLElement, rfb: () => RFB | null): void {
  const place = (): void => {
    const home = treeOf(root).fullscreenElement === root ? root : document.body;
    // In a shadow root the document does not find it again.
    const capture = document.getElementById(MOUSE) ?? root.querySelector(`#${MOUSE}`);
    for (const each of [capture, rfb()?._cursor?._canvas])
      if (each?.isConnected && each.parentNode !== home) home.append(each);
  };
  root.addEventListener("fullscreenchange", place);
  // It is made when a button is first pressed, after this.
  root.addEventListener("mousedown", () => void setTimeout(place), true);
}
