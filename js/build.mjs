// Builds the widget's module and style sheet into the Python package.
// Both are stored in every notebook that saves widget state, so their sizes are bounded here.
// Preact stays at 10.11 for the same reason: later releases are 0.8 to 1.4 KB larger.
import { mkdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../colabwidget/static/", import.meta.url));
const limits = { "widget.js": 30 * 1024, "widget.css": 8 * 1024 };

// Names of properties that the built module may shorten: those with an underscore at their start,
// which are inner ones of Preact, and these of ours, which are on no wire and in no DOM.
const own = [
  "accepted",
  "clicksWait",
  "copied",
  "fresh",
  "heard",
  "lostAt",
  "moved",
  "noticeRead",
  "onLog",
  "publicKey",
  "refusal",
  "retry",
  "shown",
  "silent",
  "snapshot",
  "touched",
  "uncover",
];

/** @type {import("esbuild").BuildOptions} */
const options = {
  absWorkingDir: here,
  entryPoints: { widget: "src/index.ts" },
  outdir: out,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  legalComments: "none",
  sourcemap: false,
  charset: "utf8",
  mangleProps: new RegExp(`^(_.*|${own.join("|")})$`),
  logLevel: "warning",
};
const styles = { ...options, entryPoints: { widget: "src/widget.css" } };

await mkdir(out, { recursive: true });

if (process.argv.includes("--watch")) {
  for (const each of [options, styles]) {
    const context = await esbuild.context({ ...each, logLevel: "info" });
    await context.watch();
  }
} else {
  await Promise.all([esbuild.build(options), esbuild.build(styles)]);
  for (const [name, limit] of Object.entries(limits)) {
    const { size } = await stat(out + name);
    console.log(`${name}  ${size} bytes of ${limit}`);
    if (size > limit) {
      console.error(`${name} is ${size - limit} bytes over its limit`);
      process.exitCode = 1;
    }
  }
}
