import { keepChosen } from "./chosen";

const SETTLED = 300; // milliseconds

/** Keeps the height to which a view is dragged; the browser writes it into its style. Returns what ends that. */
export function keepHeight(root: HTMLElement): () => void {
  let before = root.style.height;
  let timer = 0;
  const watcher = new ResizeObserver(() => {
    const { height } = root.style;
    if (height === before || !height.endsWith("px")) return;
    before = height;
    clearTimeout(timer);
    timer = setTimeout(() => keepChosen({ height: parseFloat(height) }), SETTLED);
  });
  watcher.observe(root);
  return () => {
    clearTimeout(timer);
    watcher.disconnect();
  };
}
