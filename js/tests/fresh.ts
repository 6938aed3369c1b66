/** After each test: what it has put in the place of clocks and globals is gone, for later files too. */
import { afterEach, vi } from "vitest";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
