// What is bundled into which file, and how.
import { fileURLToPath } from "node:url";
import { sheets } from "./sheets.mjs";

export const options = {
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: {
    stub: "src/stub/stub.ts",
    card: "src/card/entry.ts",
    session: "src/card/connected/entry.ts",
    terminal: "src/terminal/terminal.ts",
    desktop: "src/desktop/desktop.ts",
    files: "src/files/files.tsx",
    bridge: "src/bridge/entry.tsx",
  },
  outdir: "../colabwidget/static",
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  legalComments: "none",
  charset: "utf8",
  metafile: true,
  plugins: [sheets],
  logLevel: "warning",
};
