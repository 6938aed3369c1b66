import { treeOf } from "../dom/focus";
import type { Frame } from "./frame";

/** Not in TypeScript's library: https://wicg.github.io/keyboard-lock/ */
interface LockingNavigator extends Navigator {
  keyboard?: { lock?(): Promise<void> };
}

/**
 * A button that fills the screen with the view, and calls `entered` then. Chords that the browser
 * takes for itself go to the view meanwhile, where it lets them; a word says where it refuses.
 */
export function fullScreen(view: Frame, entered: () => void = () => undefined): void {
  const { root } = view;
  const enter = async (): Promise<void> => {
    try {
      if (!document.fullscreenEnabled) throw new Error("not allowed");
      await root.requestFullscreen({ navigationUI: "hide" });
    } catch {
      view.showNotice("The browser allows no full screen here.");
      return;
    }
    entered();
    // In a frame it is refused; then the browser's own keys stay the browser's.
    await (navigator as LockingNavigator).keyboard?.lock?.().catch(() => undefined);
  };
  const button = view.button("Full screen", "Fill the screen", () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void enter();
  });
  root.addEventListener("fullscreenchange", () => {
    const is = treeOf(root).fullscreenElement === root;
    button.textContent = is ? "Leave full screen" : "Full screen";
    button.title = is ? "Esc ends it as well; hold it down if it goes to the view" : "";
  });
}
