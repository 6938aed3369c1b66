// @vitest-environment node
/** The notices beside the built files, against what is in them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as esbuild from "esbuild";
import { describe, expect, it } from "vitest";
import { options } from "../bundles.mjs";
import { bundledFiles, noticesOf, packageOf, thirdPartyText } from "../third-party.mjs";

const ROOT = path.resolve("node_modules/..");
const TEXT = readFileSync("../colabwidget/static/third-party.txt", "utf8");
const { metafile } = await esbuild.build({ ...options, write: false });
const FILES = bundledFiles(metafile);
const bare = (line) => line.replace(/^[\s/*-]+|[\s/*-]+$/g, "");

describe("third-party.txt", () => {
  it("is made of this build", () => {
    expect(thirdPartyText(ROOT, metafile) === TEXT).toBe(true);
  });

  it("names each package that is bundled, with its version, and no other", () => {
    const named = FILES.map((file) => {
      const { name, version } = JSON.parse(readFileSync(`${packageOf(file)}/package.json`, "utf8"));
      return `${name} ${version}`;
    });
    const headings = [...TEXT.matchAll(/^=+\n(\S+ \S+): /gm)].map(([, heading]) => heading);
    expect(new Set(headings)).toEqual(new Set(named));
    expect(headings.length).toBeGreaterThan(3);
    for (const name of ["preact", "@novnc/novnc", "@xterm/xterm"]) {
      expect(headings.some((heading) => heading?.startsWith(`${name} `))).toBe(true);
    }
  });

  it("has every line of every bundled file that names a copyright", () => {
    const lines = FILES.flatMap((file) => readFileSync(file, "utf8").split("\n"))
      .filter((line) => line.length < 300 && /copyright \(c\)/i.test(line))
      .map(bare);
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => !TEXT.includes(line))).toEqual([]);
  });

  it.each([
    ["the whole of the MPL", "Mozilla Public License Version 2.0"],
    ["its last exhibit", 'Exhibit B - "Incompatible With Secondary Licenses" Notice'],
    ["the notices of DES", "Copyright (c) 1996 Widget Workshop, Inc. All Rights Reserved."],
    ["those of its rest", "Copyright (C) 1996 by Jef Poskanzer"],
    ["pako's licence", "Copyright (C) 2014-2016 by Vitaly Puzrin"],
    ["Preact's licence", "Copyright (c) 2015-present Jason Miller"],
  ])("has %s", (_what, words) => {
    expect(TEXT).toContain(words);
  });
});

describe("a notice in a file", () => {
  it.each([
    ["/*\n * Copyright (C) 2020 Ana\n */\nlet a;", ["Copyright (C) 2020 Ana"]],
    ["// (C) 1995 Ana\n// All rights\nlet a; // b", ["(C) 1995 Ana\nAll rights"]],
    ["/* says what it does */ // and how", []],
  ])("is found: %j", (text, found) => {
    expect(noticesOf(text)).toEqual(found);
  });
});
