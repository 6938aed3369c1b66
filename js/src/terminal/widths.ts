import type { IUnicodeVersionProvider, Terminal } from "@xterm/xterm";

/** Wide characters but for emoji, first and last of each range: East Asian scripts and their signs. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
] as const;
/** Vowels and last consonants of Hangul, which are drawn into the cells of the first. */
const JAMO = [
  [0x1160, 0x11ff],
  [0xd7b0, 0xd7fb],
] as const;
/** Marks that stand in front of a number and have a cell, and the soft hyphen. */
const VISIBLE = /^[\u00ad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]$/u;
const MARK = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;
/** Two of these are a flag; each has a cell of its own. */
const FLAG = /^\p{Regional_Indicator}$/u;

type Ranges = readonly (readonly [number, number])[];
type Width = 0 | 1 | 2;

const within = (ranges: Ranges, code: number): boolean =>
  ranges.some(([first, last]) => code >= first && code <= last);

/**
 * Cells of a character, as the C library tells a shell's line editor. Emoji and marks are those of
 * the browser's Unicode. Sequences are no clusters here: line editors add up their characters.
 */
export function widthOf(code: number): Width {
  if (code < 32 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0xad) return 1;
  const letter = String.fromCodePoint(code);
  if ((MARK.test(letter) && !VISIBLE.test(letter)) || within(JAMO, code)) return 0;
  return within(WIDE, code) || (EMOJI.test(letter) && !FLAG.test(letter)) ? 2 : 1;
}

/** Widths of today's Unicode, in the form that xterm.js asks for. */
class Widths implements IUnicodeVersionProvider {
  readonly version = "browser";
  #known = new Map<number, Width>();

  wcwidth(code: number): Width {
    if (code < 0x7f) return code < 32 ? 0 : 1;
    let width = this.#known.get(code);
    if (width === undefined) this.#known.set(code, (width = widthOf(code)));
    return width;
  }

  /** As its own versions have it: a bit for "joins the one before", then two for the width. */
  charProperties(code: number, before: number): number {
    const width = this.wcwidth(code);
    const widthBefore = (before >> 1) & 3;
    if (width || !before || !widthBefore) return width << 1;
    return (widthBefore << 1) | 1;
  }
}

/** Has the terminal count cells as shells do: its own widths are those of 2010, without emoji. */
export function useWidths(term: Terminal): void {
  const widths = new Widths();
  term.unicode.register(widths);
  term.unicode.activeVersion = widths.version;
}
