import type RFB from "@novnc/novnc";

const MOUSE = "noVNC_mouse_capture_elem";

/**
 * Keeps in the view what noVNC puts into the page's body: what is not in the view is not on a full
 * screen. There a button's release would never be seen, and what waits for it would cover the
 * whole page afterwards.
 */
export function keepInFullScreen(root: HTMLElement, rfb: () => RFB | null): void {
  const place = (): void => {
    const home = document.fullscreenElement === root ? root : document.body;
    for (const each of [document.getElementById(MOUSE), rfb()?._cursor?._canvas])
      if (each?.isConnected && each.parentNode !== home) home.append(each);
  };
  root.addEventListener("fullscreenchange", place);
  // It is made when a button is first pressed, after this.
  root.addEventListener("mousedown", () => void setTimeout(place), true);
}
