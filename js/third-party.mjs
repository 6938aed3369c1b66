// What the built files contain of other projects, with each notice and licence that goes with it.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const HEADING = `What the built files in this folder contain of other projects, and on which terms. Made by
js/third-party.mjs from esbuild's list of what it has bundled. Each is unchanged but for being bundled and
minified; its source is the npm package of that name and version.
`;
const LINE = "=".repeat(80);
const COMMENT = /\/\*[^]*?\*\/|(?:^[ \t]*\/\/.*\n)+/gm;
const NOTICE = /copyright|\(c\) *\d{4}|licen[cs]e|ported from/i;
const LICENCE = /^(?:licen[cs]e|copying|notice|authors)(?:[.-].*)?$/i;
/** Texts that a notice names, in the package that has it. */
const NAMED = { "MPL 2.0": "docs/LICENSE.MPL-2.0" };

/** Returns the files of packages of which something is in a bundle. */
export function bundledFiles(metafile) {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  return [...new Set(files.map(([name]) => name))].filter((name) => name.includes("node_modules/"));
}

/** Returns which of the built files contain something of a package. */
function outputsWith(metafile, package_) {
  return Object.entries(metafile.outputs)
    .filter(([, { inputs }]) =>
      Object.entries(inputs).some(
        ([name, { bytesInOutput }]) => bytesInOutput > 0 && packageOf(name) === package_,
      ),
    )
    .map(([name]) => path.basename(name))
    .sort();
}

/** Returns the folder of the package that a file belongs to: `node_modules/@xterm/xterm`. */
export function packageOf(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? "";
}

/** Returns a comment without its marks. */
function bare(comment) {
  const lines = comment
    .replace(/^\/\*+-*|[-*]*\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*(?:\/\/|\*(?!\/))? ?/, "").trimEnd());
  return lines.join("\n").trim();
}

/** Returns the notices within a file, each once. */
export function noticesOf(text) {
  return (text.match(COMMENT) ?? []).filter((each) => NOTICE.test(each)).map(bare);
}

/** Returns the licences between a file and its package's folder, the package's first. */
function licencesOf(root, file) {
  const package_ = packageOf(file);
  const found = [];
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const names = readdirSync(path.join(root, folder)).filter((name) => LICENCE.test(name));
    found.unshift(...names.sort().map((name) => path.join(folder, name)));
    if (folder === package_) return found;
  }
}

/** Returns the text of all notices, by the metafile of a build. */
export function thirdPartyText(root, metafile) {
  const read = (name) => readFileSync(path.join(root, name), "utf8");
  const files = bundledFiles(metafile).sort();
  const sections = [...new Set(files.map(packageOf))].map((package_) => {
    const { name, version, license } = JSON.parse(read(`${package_}/package.json`));
    const own = files.filter((file) => packageOf(file) === package_);
    const licences = [...new Set(own.flatMap((file) => licencesOf(root, file)))];
    const texts = licences.map((file) => [path.relative(package_, file), read(file).trim()]);
    const notices = [...new Set(own.flatMap((file) => noticesOf(read(file))))];
    for (const [words, file] of Object.entries(NAMED)) {
      if (notices.some((notice) => notice.includes(words))) {
        texts.push([file, read(`${package_}/${file}`).trim()]);
      }
    }
    return [
      `${LINE}\n${name} ${version}: ${license}, in ${outputsWith(metafile, package_).join(", ")}\n${LINE}`,
      ...texts.map(([file, text]) => `${file}:\n\n${text}`),
      ...(notices.length ? [`Notices in its files:\n\n${notices.join("\n\n")}`] : []),
    ].join("\n\n");
  });
  const text = `${HEADING}\n${sections.join("\n\n")}\n`;
  return text.replace(/[ \t]+$/gm, "");
}

/** Writes the notices beside the built files. */
export const thirdParty = {
  name: "third-party",
  setup: ({ initialOptions: { absWorkingDir, outdir }, onEnd }) =>
    onEnd(({ metafile }) => {
      if (!metafile) return;
      const file = path.join(absWorkingDir, outdir, "third-party.txt");
      writeFileSync(file, thirdPartyText(absWorkingDir, metafile));
    }),
};
