/** Lines of the log as a browser shows them: colours as styles, other controls spelled out. */

/** CSS properties. */
export type Look = Record<string, string>;

export interface Span {
  text: string;
  /** null for plain text. */
  look: Look | null;
}

/** One of a terminal's 16 colours, or red, green and blue from 0 to 255. */
type Colour = number | [number, number, number];

/** The style of the text that follows. Immutable, so that equal pens are the same object. */
interface Pen {
  ink?: Colour | null;
  ground?: Colour | null;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underlined?: boolean;
  struck?: boolean;
  inverse?: boolean;
}

/** ECMA-48's SGR: the only control sequences that do what they say. */
const COLOURS = /\x1b\[([\d;:]*)m/g;
/** What would steer a terminal, or turn words around; tabs, and what joins letters, do not. */
const STEERS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const JOINS = "\t\u200c\u200d";

const PLAIN: Pen = {};

/** The text with whatever steers written as its escape: no line hides or forges another. */
const spelledOut = (text: string): string =>
  text.replace(STEERS, (letter) => {
    if (JOINS.includes(letter)) return letter;
    const code = letter.codePointAt(0)!.toString(16);
    if (letter === "\r") return "\\r";
    return code.length < 3
      ? `\\x${code.padStart(2, "0")}`
      : code.length < 5
        ? `\\u${code.padStart(4, "0")}`
        : `\\U${code.padStart(8, "0")}`;
  });

/** The line without colours. */
export const plain = (line: string): string => spelledOut(line.replace(COLOURS, ""));

/** The line in pieces of one look each. */
export function spans(line: string): Span[] {
  const pieces: Span[] = [];
  let pen = PLAIN;
  const write = (text: string): void => {
    if (!text) return;
    const last = pieces.at(-1);
    const style = look(pen);
    const shown = spelledOut(text);
    if (last && JSON.stringify(last.look) === JSON.stringify(style)) last.text += shown;
    else pieces.push({ text: shown, look: style });
  };
  let start = 0;
  for (const match of line.matchAll(COLOURS)) {
    write(line.slice(start, match.index));
    start = match.index + match[0].length;
    pen = applySgr(pen, match[1]!);
  }
  write(line.slice(start));
  return pieces;
}

/** The pen after a sequence of ECMA-48's SGR codes; those that have no look here are left out. */
function applySgr(pen: Pen, parameters: string): Pen {
  const codes = (parameters || "0").split(";");
  for (let i = 0; i < codes.length; i++) {
    // A colon joins a code and its operands.
    let [code = 0, ...operands] = (codes[i] ?? "").split(":").map(Number);
    if (code === 0) pen = PLAIN;
    else if (code === 1) pen = { ...pen, bold: true };
    else if (code === 2) pen = { ...pen, dim: true };
    else if (code === 3) pen = { ...pen, italic: true };
    else if (code === 4) pen = { ...pen, underlined: operands[0] !== 0 };
    else if (code === 7) pen = { ...pen, inverse: true };
    else if (code === 9) pen = { ...pen, struck: true };
    else if (code === 21) pen = { ...pen, underlined: true };
    else if (code === 22) pen = { ...pen, bold: false, dim: false };
    else if (code === 23) pen = { ...pen, italic: false };
    else if (code === 24) pen = { ...pen, underlined: false };
    else if (code === 27) pen = { ...pen, inverse: false };
    else if (code === 29) pen = { ...pen, struck: false };
    else if (code === 39) pen = { ...pen, ink: null };
    else if (code === 49) pen = { ...pen, ground: null };
    else if (code === 38 || code === 48) {
      if (!operands.length) {
        const count = codes[i + 1] === "5" ? 2 : 4;
        operands = codes.slice(i + 1, i + 1 + count).map(Number);
        i += count;
      }
      pen = { ...pen, [code === 38 ? "ink" : "ground"]: colour(operands) };
    } else if (/^(3|4|9|10)[0-7]$/.test(`${code}`)) {
      const one = (code % 10) + (code < 90 ? 0 : 8);
      pen = { ...pen, [code % 60 < 40 ? "ink" : "ground"]: one };
    }
  }
  return pen;
}

/** One of 256 colours, or a true one; null for what is none. */
function colour([kind, ...values]: number[]): Colour | null {
  if (kind === 2) {
    const [r = NaN, g = NaN, b = NaN] = values.slice(-3);
    return [r, g, b].every((each) => each >= 0 && each < 256) ? [r, g, b] : null;
  }
  const [n = -1] = values;
  if (kind !== 5 || !(n >= 0 && n < 256)) return null;
  if (n < 16) return n;
  const level = (each: number): number => (each ? each * 40 + 55 : 0);
  if (n < 232) {
    const [r, g, b] = [36, 6, 1].map((size) => level(Math.floor((n - 16) / size) % 6));
    return [r!, g!, b!];
  }
  const grey = (n - 232) * 10 + 8;
  return [grey, grey, grey];
}

const exact = (rgb: number[]): string => `rgb(${rgb.join(" ")})`;

/** A colour of text, mixed so that it can be read on the log's own ground. */
const ink = (of: Colour): string =>
  typeof of === "number"
    ? `var(--cw-ink-${of % 8})`
    : `color-mix(in srgb, ${exact(of)} 60%, var(--cw-fg))`;

function look(pen: Pen): Look | null {
  if (pen === PLAIN) return null;
  const found: Look = {};
  const { ink: own = null, ground = null } = pen;
  if (pen.inverse) {
    found.background = own === null ? "var(--cw-fg)" : ink(own);
    found.color = "var(--cw-bg)";
  } else if (ground === null) {
    if (own !== null) found.color = ink(own);
    else if (pen.dim) found.color = "var(--cw-muted)";
  } else if (typeof ground === "number") {
    found.background = `color-mix(in srgb, var(--cw-ink-${ground % 8}) 22%, transparent)`;
    found.color = "var(--cw-fg)";
  } else {
    const [r, g, b] = ground;
    found.background = exact(ground);
    // Whichever can be read on it; what was chosen for it would be a guess.
    found.color = r * 0.3 + g * 0.6 + b * 0.1 > 110 ? "#000" : "#fff";
  }
  if (pen.dim && own !== null) found.opacity = "0.8";
  if (pen.bold) found.fontWeight = "600";
  if (pen.italic) found.fontStyle = "italic";
  const lines = [pen.underlined && "underline", pen.struck && "line-through"].filter(Boolean);
  if (lines.length) found.textDecoration = lines.join(" ");
  return Object.keys(found).length ? found : null;
}
