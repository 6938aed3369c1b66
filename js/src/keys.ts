const stop = (event: Event): void => event.stopPropagation();

/**
 * Keeps what is typed inside `el` from a notebook's shortcuts.
 *
 * JupyterLab and Notebook 7 listen before the page's elements do, and leave alone what carries
 * `data-lm-suppress-shortcuts`; the card has it. Classic Notebook listens on the document, after
 * the elements: there the events stop at `el`.
 */
export function keepKeys(el: HTMLElement): void {
  for (const name of ["keydown", "keypress", "keyup"]) el.addEventListener(name, stop);
}
