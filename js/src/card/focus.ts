import { find } from "../dom/focus";
import type { View } from "../state/view";

/**
 * Moves focus to where things go on in the card's new content; to its head where that has not come.
 *
 * @returns whether it had come
 */
export function moveFocus({ el, shown, state: { retry, refusal, snapshot } }: View): boolean {
  const field = refusal?.error.field ?? snapshot?.error?.field ?? "";
  const names =
    shown === "idle" && (retry || refusal)
      ? [field, "token", "connect"]
      : [shown === "failed" ? "error" : shown, "head"];
  for (const name of names) {
    const target = name && find(el, name);
    if (!target) continue;
    target.focus();
    return name !== "head";
  }
  return true;
}
