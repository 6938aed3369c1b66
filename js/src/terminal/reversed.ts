import type { Terminal } from "@xterm/xterm";

interface Cell {
  isInverse(): number;
}
type Apply = (
  element: HTMLElement,
  ground: object,
  text: object,
  cell: Cell,
  ...more: never[]
) => boolean;

/** The part of xterm.js that shifts the colour of text which cannot be read on its ground. */
interface Rows {
  _applyMinimumContrast?: Apply;
  _themeService?: { colors: { background: object; foreground: object } };
}
interface Core {
  _core?: { _renderService?: { _renderer?: { value?: { _rowFactory?: Rows } } } };
}

/**
 * Reversed text without a colour of its own has the ground's, as it should; xterm.js 6.0 draws it so, but
 * judges its contrast as if it had the text's, and makes the bars of nano and vim grey on black.
 */
export function mendReversed(term: Terminal): void {
  const rows = (term as unknown as Core)._core?._renderService?._renderer?.value?._rowFactory;
  const apply = rows?._applyMinimumContrast;
  if (!rows || !apply) return;
  rows._applyMinimumContrast = (element, ground, text, cell, ...more) => {
    const { background, foreground } = rows._themeService?.colors ?? {};
    const wrong = cell.isInverse() && text === foreground && background;
    return apply.call(rows, element, ground, wrong || text, cell, ...more);
  };
}
