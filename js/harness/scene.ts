/** A state of the widget, and what a user does there. */
import type { FakeModel } from "./fake";

type Content = Record<string, unknown>;

export interface Scene {
  traits?: Content;
  messages?: Content[];
  /** What a user does afterwards. */
  then?: (cell: HTMLElement, model: FakeModel) => void | Promise<void>;
  /** Some seconds pass. */
  late?: boolean;
}

export const click = (cell: HTMLElement, id: string): void =>
  cell.querySelector<HTMLElement>(`[data-testid=${id}]`)?.click();
export const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 20));

/** Clicks, and lets what that opens be drawn. */
export async function show(cell: HTMLElement, id: string): Promise<void> {
  click(cell, id);
  await turn();
}
