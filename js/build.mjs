// Builds the front end into the Python package. stub.js is stored in every notebook that saves widget
// state, so its size is bounded tightly; the kernel sends the others to a page that asks for them.
import * as esbuild from "esbuild";
import { options } from "./bundles.mjs";
import { thirdParty } from "./third-party.mjs";

const KB = 1024;
const limits = {
  "stub.js": 4 * KB,
  "card.js": 72 * KB,
  "session.js": 49 * KB,
  "terminal.js": 440 * KB,
  "desktop.js": 260 * KB,
  "files.js": 64 * KB,
  "bridge.js": 24 * KB,
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

const build = { ...options, plugins: [...options.plugins, thirdParty, sizes] };

if (process.argv.includes("--watch")) await (await esbuild.context(build)).watch();
else await esbuild.build(build);
