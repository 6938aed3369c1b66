// Builds the widget's module and style sheet into the Python package.
// Both are stored in every notebook that saves widget state, so their sizes are bounded here.
// Preact stays at 10.11 for the same reason: later releases are 0.8 to 1.4 KB larger.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { minify } from "terser";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../colabwidget/static/", import.meta.url));
const limits = { "widget.js": 30 * 1024, "widget.css": 8 * 1024 };

// Names of properties that the built module may shorten: those with an underscore at their start,
// which are inner ones of Preact, more of Preact's that meet no DOM, and these of ours, which are
// on no wire and in no DOM either.
const preact = [
  "base",
  "component[A-Z].*",
  "context(Type)?",
  "current",
  "dangerouslySetInnerHTML",
  "debounceRendering",
  "defaultProps",
  "diffed",
  "event",
  "forceUpdate",
  "get(Derived|Snapshot|Child).*",
  "props",
  "setState",
  "shouldComponentUpdate",
  "unmount",
  "vnode",
];
const own = [
  "accepted",
  "after",
  "beside",
  "busy",
  "came",
  "cancel",
  "choices",
  "clear",
  "clicksWait",
  "close",
  "common",
  "connect",
  "copied",
  "copy",
  "disconnect",
  "done",
  "ending",
  "follow",
  "fresh",
  "heard",
  "kind",
  "known",
  "label",
  "late",
  "lines",
  "lostAt",
  "mark",
  "moved",
  "next",
  "noticeRead",
  "onLog",
  "open",
  "option",
  "pending",
  "publicKey",
  "restart",
  "refusal",
  "retry",
  "running",
  "schemes",
  "secret",
  "shown",
  "silent",
  "since",
  "snapshot",
  "stale",
  "take",
  "told",
  "touched",
  "uncover",
  "url",
  "view",
  "want",
  "what",
  "withDesktop",
  "word",
];

/**
 * What esbuild leaves, made shorter still. What is unsafe elsewhere is right here: functions that
 * become arrows are called with `new` nowhere, no getter does anything but get, no symbol is
 * written into a text.
 *
 * @type {import("esbuild").Plugin}
 */
const shorter = {
  name: "shorter",
  setup(build) {
    build.onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        const { code = "" } = await minify(text, {
          module: true,
          ecma: 2020,
          compress: {
            passes: 3,
            hoist_funs: true,
            pure_getters: true,
            unsafe: true,
            unsafe_arrows: true,
          },
        });
        await writeFile(path, code);
      }
    });
  },
};

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
  mangleProps: new RegExp(`^(_.*|${[...preact, ...own].join("|")})$`),
  logLevel: "warning",
};
const script = { ...options, write: false, plugins: [shorter] };
const styles = { ...options, entryPoints: { widget: "src/widget.css" } };

await mkdir(out, { recursive: true });

if (process.argv.includes("--watch")) {
  for (const each of [script, styles]) {
    const context = await esbuild.context({ ...each, logLevel: "info" });
    await context.watch();
  }
} else {
  await Promise.all([esbuild.build(script), esbuild.build(styles)]);
  for (const [name, limit] of Object.entries(limits)) {
    const { size } = await stat(out + name);
    console.log(`${name}  ${size} bytes of ${limit}`);
    if (size > limit) {
      console.error(`${name} is ${size - limit} bytes over its limit`);
      process.exitCode = 1;
    }
  }
}
