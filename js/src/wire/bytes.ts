import type { Model } from "./model";

/** The kernel's description of the bundle that draws a view. */
export interface Named {
  /** "card", "terminal", "desktop" or "files"; '' where that is known already. */
  name: string;
  hash: string;
  /** The kernel hears its pages only between cells. */
  waits: boolean;
  /** No widget of the kernel was shown before. */
  first?: boolean;
}

export function readNamed(value: unknown): Named | undefined {
  const { name, hash, waits, first } = (value ?? {}) as Record<string, unknown>;
  return typeof hash === "string" && hash
    ? { name: typeof name === "string" ? name : "", hash, waits: waits === true, first: !!first }
    : undefined;
}

/** A message that came while the bundle was awaited, and its buffers. */
export type Early = [content: unknown, buffers: unknown];

interface Place {
  model: Model;
  el: HTMLElement;
  waits: boolean;
  /** Oldest first. */
  early: Early[];
}

/** The default export of a view's module: draws the view, returns a function that ends it. */
export type Bundle = (place: Place) => () => void;

/** The bytes of a message: JupyterLab gives DataViews, Colab Uint8Arrays. */
export function bytesOf(buffers: unknown): Uint8Array<ArrayBuffer> {
  const parts = Array.isArray(buffers) ? (buffers as ArrayBufferView<ArrayBuffer>[]) : [];
  // A buffer of another frame is no instance of this one's class.
  const views = parts
    .filter((part) => typeof part?.byteLength === "number")
    .map((part) =>
      ArrayBuffer.isView(part)
        ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
        : new Uint8Array(part),
    );
  if (views.length === 1) return views[0]!;
  const whole = new Uint8Array(views.reduce((sum, view) => sum + view.length, 0));
  let at = 0;
  for (const view of views) {
    whole.set(view, at);
    at += view.length;
  }
  return whole;
}
