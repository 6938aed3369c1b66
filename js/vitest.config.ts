import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
  // The corpus of messages lies beside the tests of the Python side.
  server: { fs: { allow: [".."] } },
  test: {
    environment: "happy-dom",
    // Else it takes a second frame that is asked for from the same place as a loop.
    environmentOptions: { happyDOM: { settings: { timer: { preventTimerLoops: false } } } },
    include: ["tests/**/*.test.ts", "tests/**/*.test.mjs"],
    restoreMocks: true,
    // A busy machine is no failure: this ends what hangs.
    testTimeout: 60_000,
  },
});
