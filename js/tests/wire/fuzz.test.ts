import { describe, expect, it } from "vitest";
import { details, log, SSH, state } from "../../harness/states";
import { joinPrivate, splitPrivate } from "../../src/wire/private";
import { readMessage } from "../../src/wire/read";
import { plain, spans } from "../../src/card/log/ansi";
import { harmless } from "../../src/viewer/pasted";

const ROUNDS = 3000;
const STEERS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/** Numbers that are the same in each run (mulberry32), so that what fails fails again. */
function numbers(seed: number): (below: number) => number {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const LETTERS = ["a", "\x1b", "[", "]", "3", "1", "m", ";", "\r", "\n", "\x9b", "\u202e", "\ud800"];
const text = (next: (below: number) => number): string =>
  Array.from({ length: next(20) }, () => LETTERS[next(LETTERS.length)]).join("");

function value(next: (below: number) => number, depth = 0): unknown {
  const plainOnes = [null, undefined, true, -1, 1e300, NaN, text(next), "", "connected", {}, []];
  const kind = next(depth > 3 ? 11 : 14);
  if (kind < 11) return plainOnes[kind];
  if (kind === 11) return Array.from({ length: next(4) }, () => value(next, depth + 1));
  const names = ["type", "phase", "serial", "steps", "ssh", "password", "__proto__", text(next)];
  return Object.fromEntries(names.map((name) => [name, value(next, depth + 1)]));
}

/** A message as a kernel sends it, some parts of which are anything. */
function message(next: (below: number) => number): Record<string, unknown> {
  const whole = [
    state("connected"),
    log(["a", "b"]),
    details(SSH),
    { type: "connect", token: "t" },
  ];
  const found: Record<string, unknown> = { serial: 1, ...whole[next(4)] };
  const names = Object.keys(found);
  for (let i = next(4); i; i--) found[names[next(names.length)]!] = value(next);
  return found;
}

describe("whatever comes", () => {
  it("is read or left out", () => {
    const next = numbers(1);
    for (let i = 0; i < ROUNDS; i++) {
      const found = next(2) ? message(next) : value(next);
      const read = readMessage(found);
      if (read) expect(["state", "log", "busy", "details"]).toContain(read.type);
    }
  });

  it("has its private fields, whole or not at all", () => {
    const next = numbers(2);
    for (let i = 0; i < ROUNDS; i++) {
      const found = message(next);
      const [content, buffers] = splitPrivate(found);
      if (buffers && next(3) === 0) {
        const bytes = new Uint8Array(buffers[0]!);
        bytes[next(bytes.length)] = next(256);
        joinPrivate(content, [bytes.subarray(next(bytes.length))]);
      } else if (found.type === "connect" || found.type === "details") {
        expect(JSON.stringify(joinPrivate(content, buffers ?? []))).toBe(
          JSON.stringify(JSON.parse(JSON.stringify({ ...content, ...withPrivate(found) }))),
        );
      }
    }
  });

  it("steers nothing where it is shown or pasted", () => {
    const next = numbers(3);
    for (let i = 0; i < ROUNDS; i++) {
      const line = text(next).replaceAll("\n", "");
      const shown = spans(line)
        .map((span) => span.text)
        .join("");
      expect(shown).toBe(plain(line));
      expect(shown).not.toMatch(STEERS);
      expect(harmless(line)).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
    }
  });
});

const withPrivate = ({ token, public_key, details }: Record<string, unknown>) =>
  JSON.parse(JSON.stringify({ token, public_key, details })) as Record<string, unknown>;
