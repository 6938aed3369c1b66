/** Terminal output as a browser can show it: colours as classes, everything else taken out. */

export interface Span {
  text: string;
  /** CSS classes, '' for plain text. */
  style: string;
}

// CSI and OSC sequences, other escapes, and control characters that have no picture.
const CONTROL =
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\0-\x08\x0b-\x1f\x7f]/g;

/** What a terminal leaves of a line in which carriage returns went back to its start. */
function overwritten(line: string): string {
  const whole = line.replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

/** The line without any control sequence. */
export const plain = (line: string): string => overwritten(line).replace(CONTROL, "");

/** The line in pieces of one style each: 16 foreground colours and bold. */
export function spans(line: string): Span[] {
  const text = overwritten(line);
  const pieces: Span[] = [];
  let colour = "";
  let bold = "";
  let start = 0;
  const add = (end: number): void => {
    if (end > start) pieces.push({ text: text.slice(start, end), style: colour + bold });
  };
  for (const match of text.matchAll(CONTROL)) {
    add(match.index);
    start = match.index + match[0].length;
    if (match[2] !== "m") continue;
    const codes = (match[1] || "0").split(";").map(Number);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] ?? 0;
      if (code === 0) [colour, bold] = ["", ""];
      else if (code === 1) bold = " cw-bold";
      else if (code === 22) bold = "";
      else if (code === 39) colour = "";
      else if (/^[39][0-7]$/.test(`${code}`)) colour = `cw-c${code}`;
      // 256 and true colours are left out, with their operands.
      else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : 4;
    }
  }
  add(text.length);
  return pieces;
}
