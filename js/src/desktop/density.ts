/** A desktop with a pixel for each of the screen's, where a page's own are larger than those. */
import type RFB from "@novnc/novnc";

/** Pixels of the screen for one of the page, in per cent, as far as a desktop follows. */
export const screenDensity = (): number =>
  Math.min(400, Math.max(100, Math.round(devicePixelRatio * 100) || 100));

/**
 * Has noVNC ask for as many pixels as the view has on the screen, and draw them one on one.
 *
 * @param percent of the page's pixels
 */
export function keepDense(rfb: RFB, percent: () => number): void {
  const { _display: display, _requestRemoteResize: request, _updateScale: update } = rfb;
  const sizeOf = rfb._screenSize;
  if (!display || !request || !update || !sizeOf) return;
  const wanted = (): { w: number; h: number } => {
    const { w, h } = sizeOf.call(rfb);
    return { w: Math.floor((w * percent()) / 100), h: Math.floor((h * percent()) / 100) };
  };
  rfb._requestRemoteResize = () => {
    if (percent() > 100) rfb._screenSize = wanted;
    request.call(rfb);
    rfb._screenSize = sizeOf;
  };
  rfb._updateScale = () => {
    update.call(rfb);
    const { w, h } = wanted();
    // What fills the view but for a part of a pixel would be drawn between the screen's.
    if (percent() > 100 && display.width === w && display.height === h)
      display.scale = 100 / percent();
  };
}

/** Calls `changed` when the page comes to a screen of another density, or is zoomed. */
export function watchDensity(changed: () => void): () => void {
  let query: MediaQueryList | null = null;
  const listen = (): void => {
    query?.removeEventListener("change", again);
    query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", again);
  };
  const again = (): void => {
    listen();
    changed();
  };
  listen();
  return () => query?.removeEventListener("change", again);
}
