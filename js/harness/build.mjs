// Builds the page that shows every state of the built widget; see main.ts.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { sheets } from "../sheets.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await esbuild.build({
  entryPoints: [here("main.ts")],
  plugins: [sheets],
  outfile: here("out/harness.js"),
  bundle: true,
  format: "iife",
  logLevel: "warning",
});
