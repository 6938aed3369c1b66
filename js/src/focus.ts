import type { View } from "./view";

/** The element of this view that carries `name`. */
export const find = (el: HTMLElement, name: string): HTMLElement | undefined =>
  [...el.querySelectorAll<HTMLElement>("[data-focus]")].find(
    ({ dataset }) => dataset.focus === name,
  );

/** Moves focus to where things go on in the card's new content. */
export function moveFocus({ el, shown, known: { retry, refusal, snapshot } }: View): void {
  const field = refusal?.error.field ?? snapshot?.error?.field ?? "";
  const names =
    shown === "idle" && (retry || refusal)
      ? [field, "token", "connect"]
      : [shown === "failed" ? "error" : shown, "head"];
  for (const name of names) {
    const target = name && find(el, name);
    if (target) return target.focus();
  }
}
