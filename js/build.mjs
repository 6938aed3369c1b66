// Builds the widget's modules and style sheet into the Python package.
// widget.js and widget.css are stored in every notebook that saves widget state, so their sizes are
// bounded here. What a form does not need is in parts.js, which the page asks the kernel for.
// Preact stays at 10.11 for the same reason: later releases are 0.8 to 1.4 KB larger.
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { minify } from "terser";
import { sheets } from "./sheets.mjs";
import { split } from "./split.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../colabwidget/static/", import.meta.url));
const limits = {
  "widget.js": 30 * 1024,
  "parts.js": 40 * 1024,
  "widget.css": 8 * 1024,
  "view.js": 4 * 1024,
  "terminal.js": 440 * 1024,
  "desktop.js": 260 * 1024,
};

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
  "connect",
  "copied",
  "disconnect",
  "done",
  "ending",
  "follow",
  "fresh",
  "heard",
  "known",
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
  "view",
  "want",
  "what",
  "withDesktop",
  "word",
];

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: here,
  bundle: true,
  write: false,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
};
const options = {
  ...common,
  outdir: out,
  mangleProps: new RegExp(`^(_.*|${[...preact, ...own].join("|")})$`),
};
/** The modules that pages ask for, and the small one that loads them. */
const streams = {
  "view.js": "src/stub/stub.ts",
  "terminal.js": "src/terminal/terminal.ts",
  "desktop.js": "src/desktop/desktop.ts",
};

/**
 * What esbuild leaves, made shorter still. What is unsafe elsewhere is right here: functions that
 * become arrows are called with `new` nowhere, no getter does anything but get, no symbol is
 * written into a text.
 */
async function shorter(text) {
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
  return code;
}

const styles = async (entry) => {
  const built = await esbuild.build({ ...options, entryPoints: [entry] });
  return built.outputFiles[0].text;
};

/** A module on its own, with its styles in it as text. */
const whole = async (entry) => {
  const built = await esbuild.build({
    ...common,
    entryPoints: [entry],
    plugins: [sheets],
  });
  return built.outputFiles[0].text;
};

/** Builds everything; returns whether it is within its limits. */
async function build() {
  const css = styles("src/styles/widget.css");
  const define = { PARTS_CSS: JSON.stringify(await styles("src/styles/parts.css")) };
  const { widget, parts } = await split(
    { ...options, define },
    "src/card/index.ts",
    "src/card/parts.ts",
  );
  const text = await shorter(parts);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const built = {
    "widget.js": await shorter(await widget({ PARTS_HASH: JSON.stringify(hash) })),
    "parts.js": text,
    "widget.css": await css,
  };
  for (const [name, entry] of Object.entries(streams)) built[name] = await whole(entry);
  let fits = true;
  for (const [name, text] of Object.entries(built)) {
    const size = Buffer.byteLength(text);
    await writeFile(out + name, text);
    console.log(`${name}  ${size} bytes of ${limits[name]}`);
    if (size <= limits[name]) continue;
    console.error(`${name} is ${size - limits[name]} bytes over its limit`);
    fits = false;
  }
  return fits;
}

await mkdir(out, { recursive: true });
if (!(await build())) process.exitCode = 1;

if (process.argv.includes("--watch")) {
  let due;
  // esbuild has said what is wrong.
  const again = () => build().catch(() => undefined);
  watch(here + "src", { recursive: true }, () => {
    clearTimeout(due);
    due = setTimeout(again, 100);
  });
}
