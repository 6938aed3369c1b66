/** The rule of imports: a folder imports from those below it, and no files import in a circle. */
import { describe, expect, it } from "vitest";

declare global {
  interface ImportMeta {
    /** Vite reads the files while it transforms this test. */
    glob<T>(
      pattern: string,
      options: { query?: string; import: "default"; eager: true },
    ): Record<string, T>;
  }
}

/** From the lowest to the highest; folders on one floor do not import from each other. */
const FLOORS = [
  ["wire", "dom", "styles"],
  ["stub", "state"],
  ["viewer", "card/ui"],
  ["terminal", "desktop", "files", "card/form", "card/log"],
  ["card/session"],
  ["card", "card/connected", "bridge"],
];

const SOURCES = import.meta.glob<string>("../../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const PROJECTS = import.meta.glob<{ references?: { path: string }[] }>(
  "../../src/**/tsconfig.json",
  { import: "default", eager: true },
);
const IMPORT = /^(?:import|export)\b[^;"]*?"(\.[^"]+)"/gms;

type Graph = Map<string, string[]>;

const folder = (file: string): string => file.replace(/\/?[^/]*$/, "");
const inSources = (path: string): string => path.replace("../../src/", "");

/** `relative` as seen from a file or a folder in `from`, without "." and "..". */
function joined(from: string, relative: string): string {
  const parts = from ? from.split("/") : [];
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Which of our files each file imports; endings are left out. */
function importsOf(sources: Record<string, string>): Graph {
  return new Map(
    Object.entries(sources).map(([path, text]) => {
      const file = inSources(path);
      const found = [...text.matchAll(IMPORT)].map(([, name = ""]) => joined(folder(file), name));
      return [file.replace(/(\.d)?\.tsx?$/, ""), found];
    }),
  );
}

/** The first circle that is found, as the files along it. */
function circle(graph: Graph): string[] | null {
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const found = walk(next, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const found = walk(file, []);
    if (found) return found;
  }
  return null;
}

const floor = (name: string): number => FLOORS.findIndex((names) => names.includes(name));

/** Imports of a folder that is not below. */
const upward = (graph: Graph): string[] =>
  [...graph].flatMap(([file, imported]) =>
    imported
      .filter((other) => {
        const [from, to] = [folder(file), folder(other)];
        return from !== to && floor(to) >= floor(from);
      })
      .map((other) => `${file} -> ${other}`),
  );

describe("the sources", () => {
  const graph = importsOf(SOURCES);

  it("are all on some floor", () => {
    expect(graph.size).toBeGreaterThan(50);
    expect([...graph.keys()].filter((file) => floor(folder(file)) < 0)).toEqual([]);
  });

  it("import no folder that is not below theirs", () => {
    expect(upward(graph)).toEqual([]);
  });

  it("import each other in no circle", () => {
    expect(circle(graph)).toBeNull();
  });

  it("are projects to the compiler, which reference only what is below them", () => {
    const references: Graph = new Map(
      Object.entries(PROJECTS).map(([path, { references = [] }]) => {
        const from = folder(inSources(path));
        return [`${from}/`, references.map((each) => `${joined(from, each.path)}/`)];
      }),
    );
    const folders = FLOORS.flat().filter((name) => name !== "styles");
    expect([...references.keys()].sort()).toEqual(folders.map((name) => `${name}/`).sort());
    expect(upward(references)).toEqual([]);
  });
});

describe("the rule", () => {
  const sources = {
    "../../src/wire/a.ts": 'import type { B } from "../state/b";\nexport * from "./c";',
    "../../src/wire/c.ts": 'import {\n  d,\n} from "../dom/d";',
    "../../src/state/b.ts": 'import "../wire/a";',
  };

  it("finds an import that goes up, or to the side", () => {
    expect(upward(importsOf(sources))).toEqual(["wire/a -> state/b", "wire/c -> dom/d"]);
  });

  it("finds a circle, also of types alone", () => {
    expect(circle(importsOf(sources))).toEqual(["wire/a", "state/b", "wire/a"]);
  });
});
