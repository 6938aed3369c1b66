// Builds two modules of which the second runs on what the first one has.
import { relative } from "node:path";
import * as esbuild from "esbuild";

/** Where the first module keeps what the second one takes; empty in the sources. */
const SHARED = "src/state/shared.ts";
/** The name of that list inside the second module. */
const LIST = "shared$";

/**
 * Each module that `first` is made of is in it alone: where `second` imports from one, it takes
 * that from a list it is called with. Names of properties are shortened alike in both.
 *
 * @param {import("esbuild").BuildOptions} options for both
 * @param {string} first the entry point that is there first
 * @param {string} second its default export is what the built function returns
 */
export async function split(options, first, second) {
  const run = (entry, more) => esbuild.build({ ...options, entryPoints: [entry], ...more });
  const path = (file) => relative(options.absWorkingDir, file);

  // Both at once, so that no short name of the one is a long one of the other.
  const names = { mangleCache: {}, entryPoints: [first, second] };
  const both = await esbuild.build({ ...options, ...names });
  options = { ...options, mangleCache: both.mangleCache };
  const { metafile } = await run(first, { metafile: true });
  const there = new Set(Object.keys(metafile.inputs));

  /** Answers imports of what is there. */
  const elsewhere = (answer) => ({
    name: "elsewhere",
    setup(build) {
      build.onResolve({ filter: /^[^/]/ }, async ({ path: name, kind, resolveDir, pluginData }) => {
        if (kind === "entry-point" || pluginData?.asked) return undefined;
        const found = await build.resolve(name, { kind, resolveDir, pluginData: { asked: true } });
        return there.has(path(found.path)) ? answer(path(found.path)) : undefined;
      });
    },
  });

  const plugin = elsewhere((name) => ({ path: name, external: true }));
  const trial = await run(second, { plugins: [plugin], minify: false });
  const taken = [];
  for (const [, names, from] of text(trial).matchAll(/^import \{(.*?)\} from "(.*?)";$/gms)) {
    for (const each of names.split(",")) {
      const [name] = each.trim().split(" as ");
      if (!taken.some((one) => one.name === name && one.from === from)) taken.push({ name, from });
    }
  }
  taken.sort((a, b) => (a.from + a.name < b.from + b.name ? -1 : 1));

  const list = taken.map((_, i) => `_${i}`).join();
  const exported = (from) =>
    taken.flatMap((one, i) => (one.from === from ? `_${i} as ${one.name}` : []));
  const given = {
    name: "given",
    setup(build) {
      build.onResolve({ filter: /^list$/, namespace: "given" }, () => ({
        path: "list",
        namespace: "list",
      }));
      build.onLoad({ filter: /.*/, namespace: "list" }, () => ({
        contents: `export const [${list}] = ${LIST};`,
      }));
      build.onLoad({ filter: /.*/, namespace: "given" }, ({ path: from }) => ({
        contents: `export { ${exported(from)} } from "list";`,
      }));
    },
  };
  const taking = elsewhere((name) => ({ path: name, namespace: "given" }));
  const parts = asFunction(text(await run(second, { plugins: [given, taking] })));

  const imports = taken.map(({ name, from }, i) => `import { ${name} as _${i} } from "./${from}";`);
  const giving = {
    name: "giving",
    setup(build) {
      build.onLoad({ filter: /\/src\/state\/shared\.ts$/ }, () => ({
        contents: `${imports.join("\n")}\nexport const shared = [${list}];`,
        resolveDir: options.absWorkingDir,
      }));
    },
  };
  if (!there.has(SHARED)) throw new Error(`${first} does not import ${SHARED}`);
  return {
    parts,
    widget: async (define) => text(await run(first, { plugins: [giving], define })),
  };
}

const text = ({ outputFiles }) => outputFiles[0].text;

/** A module whose default export is a function of the list, which returns what was exported. */
function asFunction(module) {
  const [end, name] = /export\{(\w+) as default\};?\s*$/.exec(module) ?? [];
  if (!end) throw new Error("the second entry point has no default export, or more");
  return `export default(${LIST})=>{${module.slice(0, -end.length)}return ${name}}`;
}
