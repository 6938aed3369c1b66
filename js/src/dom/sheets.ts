/**
 * Style sheets that a page keeps once it has them.
 *
 * A sheet that comes and goes with each view makes the browser look at every element and rule of
 * the page anew, and takes longer than all that the view draws.
 */
const kept = new Map<string, CSSStyleSheet>();

/**
 * Lets the page keep the style sheet `text`.
 *
 * @returns whether it applies to `el`; not where that stands in a shadow root, or nowhere yet
 */
export function keepSheet(el: Element, text: string): boolean {
  if (el.getRootNode() !== document) return false;
  if (kept.has(text)) return true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  kept.set(text, sheet);
  document.adoptedStyleSheets.push(sheet);
  return true;
}
