import type RFB from "@novnc/novnc";
import { afterEach, expect, test, vi } from "vitest";
import { keepDense, screenDensity } from "../../src/desktop/density";

afterEach(() => vi.unstubAllGlobals());

test.each([
  [1, 100],
  [2, 200],
  [1.25, 125],
  [0.5, 100],
  [9, 400],
  [NaN, 100],
])("A page at a ratio of %d has %d per cent", (ratio, percent) => {
  vi.stubGlobal("devicePixelRatio", ratio);
  expect(screenDensity()).toBe(percent);
});

/** As noVNC asks for a size and scales what it shows. */
class Fake {
  asked = { w: 0, h: 0 };
  _display = { width: 0, height: 0, scale: 1 };
  _screenSize(): { w: number; h: number } {
    return { w: 500.5, h: 300 };
  }
  _requestRemoteResize(): void {
    this.asked = this._screenSize();
  }
  _updateScale(): void {
    this._display.scale = this._screenSize().w / this._display.width;
  }
}

test("As many pixels are asked for as the screen has, and drawn one on one", () => {
  const fake = new Fake();
  let percent = 200;
  keepDense(fake as unknown as RFB, () => percent);

  fake._requestRemoteResize();
  expect(fake.asked).toEqual({ w: 1001, h: 600 });
  Object.assign(fake._display, { width: 1001, height: 600 });
  fake._updateScale();
  expect(fake._display.scale).toBe(0.5);

  // Another view's size is scaled.
  Object.assign(fake._display, { width: 1000, height: 600 });
  fake._updateScale();
  expect(fake._display.scale).toBe(0.5005);

  percent = 100;
  fake._requestRemoteResize();
  expect(fake.asked).toEqual({ w: 500.5, h: 300 });
});
