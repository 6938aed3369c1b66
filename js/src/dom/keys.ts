const stop = (event: Event): void => event.stopPropagation();

const leaveAlone = ({ target }: Event): void =>
  (target as Element).setAttribute("data-lm-suppress-shortcuts", "true");

/**
 * Keeps what is typed inside `el` from a notebook's shortcuts.
 *
 * Classic Notebook and the newest JupyterLab listen on the document, after the page's elements:
 * there the events stop at `el`. Notebook 7 and older JupyterLabs listen before them, and leave
 * alone what carries an attribute. It must be on the very element that has focus: theirs is the
 * selector `.jp-Notebook :focus`, and they look no further up where that matches.
 */
export function keepKeys(el: HTMLElement): void {
  for (const name of ["keydown", "keypress", "keyup"]) el.addEventListener(name, stop);
  el.addEventListener("focusin", leaveAlone);
}
