/** An element with a class and a text. */
export const make = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  text = "",
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
};

/** A button with a text. */
export function makeButton(text: string, run: (event: MouseEvent) => void): HTMLButtonElement {
  const button = make("button", "", text);
  button.type = "button";
  button.onclick = run;
  return button;
}
