// Builds the front end into the Python package. stub.js is stored in every notebook that saves widget
// state, so its size is bounded tightly; the kernel sends the others to a page that asks for them.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { sheets } from "./sheets.mjs";

const KB = 1024;
const limits = {
  "stub.js": 4 * KB,
  "card.js": 72 * KB,
  "session.js": 48 * KB,
  "terminal.js": 440 * KB,
  "desktop.js": 260 * KB,
  "files.js": 64 * KB,
};

/** Prints how large each file is; one that is over its limit makes the program end with an error. */
const sizes = {
  name: "sizes",
  setup: ({ onEnd }) =>
    onEnd(({ metafile }) => {
      for (const [path, { bytes }] of Object.entries(metafile?.outputs ?? {})) {
        const name = path.replace(/.*\//, "");
        console.log(`${name}  ${bytes} bytes of ${limits[name]}`);
        if (bytes <= limits[name]) continue;
        console.error(`${name} is ${bytes - limits[name]} bytes over its limit`);
        process.exitCode = 1;
      }
    }),
};

const options = {
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: {
    stub: "src/stub/stub.ts",
    card: "src/card/entry.ts",
    session: "src/card/connected/entry.ts",
    terminal: "src/terminal/terminal.ts",
    desktop: "src/desktop/desktop.ts",
    files: "src/files/files.tsx",
  },
  outdir: "../colabwidget/static",
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  legalComments: "none",
  charset: "utf8",
  metafile: true,
  plugins: [sheets, sizes],
  logLevel: "warning",
};

if (process.argv.includes("--watch")) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
