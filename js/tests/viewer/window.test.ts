import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Window } from "../../src/viewer/window";

const KB = 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const answerAfter = (window: Window, end: number, pause: number): void => {
  window.sent(end);
  vi.advanceTimersByTime(pause);
  window.acknowledged(end);
};

test("A window grows on a fast line up to its most, and shrinks on a slow one", () => {
  const window = new Window(3000 * KB);
  expect(window.size).toBe(192 * KB);
  for (let end = 1; end < 9; end++) answerAfter(window, end, 100);
  expect(window.size).toBe(3000 * KB);
  expect(window.message).toBe(375 * KB);
  answerAfter(window, 10, 500);
  expect(window.size).toBe(3000 * KB);
  for (let end = 11; end < 20; end++) answerAfter(window, end, 5000);
  expect(window.size).toBe(192 * KB);
  expect(window.message).toBe(64 * KB);
});

test("Only the answer to the message that was measured counts", () => {
  const window = new Window(3000 * KB);
  window.sent(100);
  window.sent(200);
  window.acknowledged(50);
  expect(window.size).toBe(192 * KB);
  window.acknowledged(200);
  expect(window.size).toBe(384 * KB);
});

test("Typed input keeps a window that never grows", () => {
  const window = new Window();
  for (let end = 1; end < 9; end++) answerAfter(window, end, 1);
  expect(window.size).toBe(192 * KB);
  expect(window.isLarge).toBe(false);
});
