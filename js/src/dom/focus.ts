/**
 * The document, or the shadow root, that an element is in: marimo draws widgets in a shadow root. To
 * the document, all that happens in one happens to its host.
 */
export function treeOf(el: Node): DocumentOrShadowRoot {
  const root = el.getRootNode();
  return root instanceof ShadowRoot ? root : document;
}

/** The element that has focus, as the tree of `el` sees it. */
export const focusedIn = (el: Node): Element | null => treeOf(el).activeElement;

/** The element of this view that carries `name`. */
export const find = (el: HTMLElement, name: string): HTMLElement | undefined =>
  [...el.querySelectorAll<HTMLElement>("[data-focus]")].find(
    ({ dataset }) => dataset.focus === name,
  );
