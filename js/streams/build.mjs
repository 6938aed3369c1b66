// Builds the modules of the terminal and the desktop, and the small one that loads them.
// view.js is stored in a notebook that saves widget state; the others are asked for by a page.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../../colabwidget/static/", import.meta.url));
const limits = { "view.js": 4 * 1024, "terminal.js": 440 * 1024, "desktop.js": 260 * 1024 };

/** Builds them; one that is over its limit makes the program end with an error. */
export async function buildStreams() {
  const built = await esbuild.build({
    absWorkingDir: here,
    entryPoints: ["src/view.ts", "src/terminal.ts", "src/desktop.ts"],
    outdir: out,
    bundle: true,
    write: false,
    format: "esm",
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    loader: { ".css": "text" },
    minify: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
  });
  await mkdir(out, { recursive: true });
  for (const { path, text } of built.outputFiles) {
    const name = path.slice(out.length);
    const size = Buffer.byteLength(text);
    await writeFile(path, text);
    console.log(`${name}  ${size} bytes of ${limits[name]}`);
    if (size > limits[name]) {
      console.error(`${name} is ${size - limits[name]} bytes over its limit`);
      process.exitCode = 1;
    }
  }
}

await buildStreams();
