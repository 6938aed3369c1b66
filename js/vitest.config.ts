import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
  test: {
    environment: "happy-dom",
    // Else it takes a second frame that is asked for from the same place as a loop.
    environmentOptions: { happyDOM: { settings: { timer: { preventTimerLoops: false } } } },
    include: ["tests/**/*.test.ts"],
    restoreMocks: true,
  },
});
