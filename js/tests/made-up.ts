/** Made-up messages and texts: fast-check's, and those of the corpus. */
import fc from "fast-check";
import { details, log, SSH, state } from "../harness/states";

declare global {
  interface ImportMeta {
    /** Vite reads the files while it transforms this test. */
    glob<T>(
      pattern: string,
      options: { query?: string; import: "default"; eager: true },
    ): Record<string, T>;
  }
}

const FILES = import.meta.glob<string>("../../tests/corpus/messages/*", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The texts of tests/corpus/messages by their names. */
export const CORPUS: [name: string, text: string][] = Object.entries(FILES).map(([path, text]) => [
  path.replace(/.*\//, ""),
  text,
]);

/** What a text is as JSON; the text itself where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const STEERING = ["\x1b", "[", "]", "3", "1", "m", ";", "\r", "\n", "\x9b", "\u202e", "\u2028"];

/** Text in which much would steer a terminal; halves of letters are among it. */
export const text = (): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(fc.constantFrom(...STEERING), fc.string({ unit: "binary", maxLength: 2 }), half()),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(""));

const half = (): fc.Arbitrary<string> =>
  fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));

const NAMES = ["type", "phase", "serial", "steps", "ssh", "password", "details", "__proto__"];

/** Anything that a page may find in a message. */
export const anything = (): fc.Arbitrary<unknown> =>
  fc.anything({
    key: fc.oneof(fc.constantFrom(...NAMES), fc.string()),
    values: [
      fc.boolean(),
      fc.integer(),
      fc.double(),
      text(),
      fc.constantFrom(null, undefined, "connected", -0, 2 ** 53),
    ],
    withNullPrototype: true,
    maxDepth: 4,
  });

const WHOLE = [
  state("connected"),
  log(["a", "b"]),
  details(SSH),
  { type: "connect", token: "t", public_key: "k" },
  { type: "invite", sees: "shell", typing: false, key: "k", minutes: 30 },
  { type: "busy", pause: 1 },
  { type: "sealed", view: "v", curve: "X25519", point: "AAAA" },
];

/** A message as a kernel or a page sends it, some parts of which, at any depth, are anything. */
export const message = (): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(
      fc.constantFrom<Record<string, unknown>>(...WHOLE),
      fc.array(fc.tuple(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), anything()), {
        maxLength: 4,
      }),
    )
    .map(([whole, changes]) => {
      const found = { serial: 1, ...structuredClone(whole) };
      for (const [path, value] of changes) put(found, path, value);
      return found;
    });

/** Puts a value where a path of numbers leads; an object has as many places as it has parts. */
function put(into: object, [first = 0, ...rest]: number[], value: unknown): void {
  const names = Object.keys(into);
  const name = names[first % names.length];
  if (name === undefined) return;
  const parts = into as Record<string, unknown>;
  const part = parts[name];
  if (rest.length && typeof part === "object" && part) put(part, rest, value);
  else parts[name] = value;
}
