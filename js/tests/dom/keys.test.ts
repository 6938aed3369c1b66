import { expect, it } from "vitest";
import { keepKeys } from "../../src/dom/keys";

it("marks the very element that has focus for those who listen before it does", () => {
  const el = document.body.appendChild(document.createElement("div"));
  const button = el.appendChild(document.createElement("button"));
  keepKeys(el);
  expect(button.hasAttribute("data-lm-suppress-shortcuts")).toBe(false);
  button.focus();
  expect(button.getAttribute("data-lm-suppress-shortcuts")).toBe("true");
});

it("lets no key out to those who listen after it", () => {
  const el = document.body.appendChild(document.createElement("div"));
  const field = el.appendChild(document.createElement("input"));
  keepKeys(el);
  const heard: string[] = [];
  for (const name of ["keydown", "keypress", "keyup"]) {
    document.addEventListener(name, ({ type }) => heard.push(type));
    field.dispatchEvent(new Event(name, { bubbles: true }));
  }
  expect(heard).toEqual([]);
});
