// Builds the page that shows every state of the built widget; see main.ts.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await esbuild.build({
  entryPoints: [here("main.ts")],
  outfile: here("out/harness.js"),
  bundle: true,
  format: "iife",
  logLevel: "warning",
});
