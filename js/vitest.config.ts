import { defineConfig } from "vitest/config";

/** Tests of what a page keeps for as long as it is open: each file has a page of its own. */
const ALONE = [
  "tests/built.test.ts",
  "tests/stub/*.test.ts",
  "tests/card/page.test.ts",
  "tests/card/session/{inside,pairing,parts}.test.ts",
  "tests/desktop/desktop.test.ts",
];

export default defineConfig({
  oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
  // The corpus of messages lies beside the tests of the Python side.
  server: { fs: { allow: [".."] } },
  test: {
    environment: "happy-dom",
    // Else it takes a second frame that is asked for from the same place as a loop.
    environmentOptions: { happyDOM: { settings: { timer: { preventTimerLoops: false } } } },
    pool: "forks",
    maxWorkers: 2,
    restoreMocks: true,
    setupFiles: ["tests/fresh.ts"],
    // A busy machine is no failure: this ends what hangs.
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["tests/**/*.test.ts", "tests/**/*.test.mjs"],
          exclude: ALONE,
          // Importing the card and making a page costs more than the tests of most files.
          isolate: false,
        },
      },
    ],
  },
});
