import { afterEach, describe, expect, it, vi } from "vitest";
import { keepChosen, readChosen } from "../../src/terminal/chosen";
import { readSettings } from "../../src/terminal/notebook";

const KEY = "colabwidget-terminal";

describe("what is chosen for terminals", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    localStorage.clear();
  });

  it("is kept, each by itself", () => {
    expect(readChosen()).toEqual({});
    keepChosen({ size: 16 });
    keepChosen({ height: 500.4 });
    keepChosen({ reads: true });
    expect(readChosen()).toEqual({ size: 16, height: 500, reads: true });
  });

  it.each(["", "{", "null", "[]", '{"size": "large", "height": null, "reads": 1}'])(
    "may be anything: %s",
    (text) => {
      localStorage.setItem(KEY, text);
      expect(readChosen()).toEqual({});
    },
  );

  it("has limits", () => {
    localStorage.setItem(KEY, '{"size": 900, "height": 1}');
    expect(readChosen()).toEqual({ size: 32, height: 120 });
  });

  it("is not kept where a frame has no storage", () => {
    vi.stubGlobal("localStorage", undefined);
    keepChosen({ size: 16 });
    expect(readChosen()).toEqual({});
  });
});

describe("the notebook's own terminals", () => {
  const schema = {
    properties: { screenReaderMode: { default: false }, fontSize: { default: 13 } },
  };

  it("are set by their user, else by the defaults", () => {
    const settings = { screenReaderMode: true, macOptionIsMeta: true };
    expect(readSettings({ schema, settings })).toEqual({
      reads: true,
      size: 13,
      optionIsMeta: true,
    });
    expect(readSettings({ schema, settings: {} }).reads).toBe(false);
  });

  it.each([null, 1, [], { settings: 1, schema: { properties: { fontSize: 1 } } }])(
    "may say anything: %j",
    (answer) => expect(readSettings(answer).reads).toBe(false),
  );
});
