/** What its user has chosen for terminals in this browser. */
export interface Chosen {
  /** Height of the view, in pixels. */
  height?: number;
  /** Size of the letters, in pixels. */
  size?: number;
  /** Whether a screen reader is served. */
  reads?: boolean;
}

const KEY = "colabwidget-terminal";
export const SIZE = 13;
const SIZES = [8, 32] as const;
const HEIGHTS = [120, 4000] as const;

const within = (value: unknown, [least, most]: readonly [number, number]): number | undefined =>
  typeof value === "number" && Number.isFinite(value)
    ? Math.min(Math.max(Math.round(value), least), most)
    : undefined;

export const sizeWithin = (value: unknown): number | undefined => within(value, SIZES);

/** Reads it anew: other pages choose as well. */
export function readChosen(): Chosen {
  try {
    const { height, size, reads } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Chosen;
    return {
      height: within(height, HEIGHTS),
      size: sizeWithin(size),
      reads: typeof reads === "boolean" ? reads : undefined,
    };
  } catch {
    // A frame may have no storage, and what is there may be anything.
    return {};
  }
}

/** Keeps it, where the browser lets the page keep anything. */
export function keepChosen(changes: Chosen): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readChosen(), ...changes }));
  } catch {
    // It holds for this view alone.
  }
}
