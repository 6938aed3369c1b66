import { beforeEach, expect, test, vi } from "vitest";
import { keyField } from "../../src/desktop/keys";

const made: string[] = [];
let field: HTMLTextAreaElement;

/** Stands for noVNC, which keeps every key that it sees from the browser. */
const takesKeys = (event: KeyboardEvent): void => {
  made.push(`${event.type} ${event.key}`);
  event.preventDefault();
};

beforeEach(() => {
  vi.useFakeTimers();
  made.length = 0;
  const stage = document.createElement("div");
  field = keyField(stage, {
    keyDown: (event) => made.push(`${event.type} ${event.key}`),
    press: (keysym) => made.push(keysym.toString(16)),
    paste: (text) => text !== "too long" && made.push(`paste ${text}`) > 0,
  });
  field.addEventListener("keydown", takesKeys);
  field.addEventListener("keyup", takesKeys);
  stage.append(field);
  document.body.append(stage);
});

const key = (type: string, more: KeyboardEventInit): KeyboardEvent => {
  const event = new KeyboardEvent(type, { cancelable: true, ...more });
  field.dispatchEvent(event);
  return event;
};
const pasted = (text: string): void => {
  const event = new Event("paste", { cancelable: true });
  Object.assign(event, { clipboardData: { getData: () => text } });
  field.dispatchEvent(event);
};
const input = (value: string, isComposing: boolean): void => {
  field.value = value;
  field.dispatchEvent(new InputEvent("input", { isComposing }));
};
const composed = (type: string, data: string): void => {
  field.dispatchEvent(Object.assign(new Event(type), { data }));
};

test.each([
  ["a letter", { key: "a", code: "KeyA" }],
  ["a shortcut", { key: "c", code: "KeyC", ctrlKey: true }],
  ["AltGr", { key: "AltGraph", code: "AltRight" }],
  ["a letter of AltGr on Windows", { key: "@", code: "KeyQ", ctrlKey: true, altKey: true }],
  ["Insert", { key: "Insert", code: "Insert" }],
  ["a dead key outside macOS", { key: "Dead", code: "BracketLeft" }],
  ["V of another script, without Ctrl", { key: "м", code: "KeyV" }],
  [
    "the key of V on a keyboard with other letters there",
    { key: "k", code: "KeyV", ctrlKey: true },
  ],
])("%s goes to noVNC at once", (_, init) => {
  expect(key("keydown", init).defaultPrevented).toBe(true);
  expect(made).toEqual([`keydown ${init.key}`]);
});

test.each([
  ["Ctrl+V", { key: "v", code: "KeyV", ctrlKey: true }],
  ["Ctrl+Shift+V", { key: "V", code: "KeyV", ctrlKey: true, shiftKey: true }],
  ["Cmd+V", { key: "v", code: "KeyV", metaKey: true }],
  ["Ctrl+V where the letters are Cyrillic", { key: "м", code: "KeyV", ctrlKey: true }],
  ["Ctrl+V on Dvorak", { key: "v", code: "Period", ctrlKey: true }],
  ["Shift+Insert", { key: "Insert", code: "Insert", shiftKey: true }],
])("%s pastes first what the browser gives, and is a key then", (_, init) => {
  expect(key("keydown", init).defaultPrevented).toBe(false);
  expect(made).toEqual([]);
  pasted("copied");
  vi.runAllTimers();
  expect(made).toEqual(["paste copied", `keydown ${init.key}`]);
});

test("A key that pastes nothing is a key all the same, before its release and the next key", () => {
  const paste = { key: "v", code: "KeyV", ctrlKey: true };
  key("keydown", paste);
  vi.runAllTimers();
  key("keydown", paste);
  key("keyup", paste);
  key("keydown", paste);
  key("keydown", { key: "x", code: "KeyX" });
  vi.runAllTimers();
  const down = "keydown v";
  expect(made).toEqual([down, down, "keyup v", down, "keydown x"]);
});

test("What is too long to be pasted lets no key through, which would paste what was there before", () => {
  key("keydown", { key: "v", code: "KeyV", ctrlKey: true });
  pasted("too long");
  key("keyup", { key: "v", code: "KeyV", ctrlKey: true });
  expect(made).toEqual(["keyup v"]);
});

test("A picture on the clipboard is not pasted, the key is", () => {
  key("keydown", { key: "v", code: "KeyV", ctrlKey: true });
  pasted("");
  expect(made).toEqual(["keydown v"]);
});

test("What an input method composes is written when it is done", () => {
  for (const isComposing of [false, true])
    expect(key("keydown", { key: "Process", keyCode: 229, isComposing }).defaultPrevented).toBe(
      false,
    );
  composed("compositionstart", "");
  input("に", true);
  expect(field.classList).toContain("cws-composes");
  input("日本", true);
  composed("compositionend", "日本");
  expect(made).toEqual(["10065e5", "100672c"]);
  expect(field.value).toBe("");
  expect(field.classList).not.toContain("cws-composes");
});

test("What comes without a key is written: an emoji, a dictated word, a line", () => {
  input("é\n😀", false);
  expect(made).toEqual(["e9", "ff0d", "101f600"]);
  expect(field.value).toBe("");
});

test("A text that a browser tells of after its composition is written once", () => {
  composed("compositionstart", "");
  composed("compositionend", "ü");
  // Firefox and WebKit do so.
  field.dispatchEvent(new InputEvent("input", { isComposing: false }));
  expect(made).toEqual(["fc"]);
});

test("A dead key of macOS is left to the browser", () => {
  vi.spyOn(navigator, "platform", "get").mockReturnValue("MacIntel");
  expect(key("keydown", { key: "Dead", code: "KeyE", altKey: true }).defaultPrevented).toBe(false);
  expect(made).toEqual([]);
});

test("A composition that loses the keyboard is given up", () => {
  composed("compositionstart", "");
  input("に", true);
  field.dispatchEvent(new Event("blur"));
  expect(field.value).toBe("");
  expect(made).toEqual([]);
});
