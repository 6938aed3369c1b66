import type { Terminal } from "@xterm/xterm";

/** Pixels of a wheel for one line: a notch, of 100 to 120 of them, is about three lines. */
const NOTCH_LINE = 36;
/** Smaller steps come from a touchpad, where the text follows the fingers. */
const STEP_MAX = 50;

/**
 * Adds up what a wheel says, and returns whole lines.
 *
 * @param height pixels of a line
 * @param rows lines of a page
 */
export function wheelLines(
  height: () => number,
  rows: () => number,
): (event: WheelEvent) => number {
  let rest = 0;
  return ({ deltaY, deltaMode }) => {
    let lines = deltaY;
    if (deltaMode === WheelEvent.DOM_DELTA_PIXEL)
      lines /= Math.abs(deltaY) < STEP_MAX ? height() : NOTCH_LINE;
    else if (deltaMode === WheelEvent.DOM_DELTA_PAGE) lines *= rows();
    // The other way begins anew.
    if (rest * lines < 0) rest = 0;
    rest += lines;
    const whole = Math.trunc(rest);
    rest -= whole;
    return whole;
  };
}

/**
 * Lets the wheel move a program that has the screen to itself and knows no mouse (less, man, vim), as
 * if arrow keys were pressed. xterm.js presses one for each event, however far the wheel was turned.
 */
export function turnWheel(term: Terminal): void {
  const height = (): number => (term.element?.clientHeight ?? 0) / term.rows || 16;
  const linesOf = wheelLines(height, () => term.rows);
  term.attachCustomWheelEventHandler((event) => {
    const { mouseTrackingMode, applicationCursorKeysMode } = term.modes;
    const own = term.buffer.active.type === "alternate" && mouseTrackingMode === "none";
    if (!own || event.shiftKey || !event.deltaY) return true;
    event.preventDefault();
    event.stopPropagation();
    const lines = linesOf(event);
    const arrow = `\x1b${applicationCursorKeysMode ? "O" : "["}${lines < 0 ? "A" : "B"}`;
    if (lines) term.input(arrow.repeat(Math.abs(lines)));
    return false;
  });
}
