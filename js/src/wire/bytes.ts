import type { Model } from "./model";

/** What the module of a view exports: draws it, and returns what ends it. */
export type Bundle = (view: { model: Model; el: HTMLElement; waits: boolean }) => () => void;

/** The bytes of a message: JupyterLab gives DataViews, Colab Uint8Arrays. */
export function bytesOf(buffers: unknown): Uint8Array<ArrayBuffer> {
  const parts = Array.isArray(buffers) ? (buffers as ArrayBufferView<ArrayBuffer>[]) : [];
  const views = parts.map((part) =>
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
