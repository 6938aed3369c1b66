/** The element of this view that carries `name`. */
export const find = (el: HTMLElement, name: string): HTMLElement | undefined =>
  [...el.querySelectorAll<HTMLElement>("[data-focus]")].find(
    ({ dataset }) => dataset.focus === name,
  );
