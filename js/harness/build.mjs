// Builds the page that shows every state of the built widget; see main.ts.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { sheets } from "../sheets.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const parts = await readFile(here("../../colabwidget/static/parts.js"));
const hash = createHash("sha256").update(parts).digest("hex").slice(0, 16);

await esbuild.build({
  entryPoints: [here("main.ts")],
  inject: [here("parts.ts")],
  plugins: [sheets],
  define: { PARTS_HASH: JSON.stringify(hash) },
  outfile: here("out/harness.js"),
  bundle: true,
  format: "iife",
  logLevel: "warning",
});
