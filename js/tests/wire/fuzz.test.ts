import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, readNamed } from "../../src/wire/bytes";
import { PRIVATE_FIELDS } from "../../src/wire/protocol";
import { joinPrivate, splitPrivate } from "../../src/wire/private";
import { readAboutKernel, readMessage, readTraits } from "../../src/wire/read";
import { anything, CORPUS, message, parsed } from "../made-up";

const RUNS = { numRuns: 3000 };
const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).slice().buffer;

/** What was read has its shape: reading it once more changes nothing. */
function isRead(content: unknown): void {
  const read = readMessage(content);
  if (!read) return;
  expect(["state", "log", "busy", "details", "load", "sealed", "cannot_seal"]).toContain(read.type);
  expect(readMessage(read)).toEqual(read);
}

describe("whatever a kernel says", () => {
  it("is read or left out", () => {
    fc.assert(fc.property(fc.oneof(message(), anything()), isRead), RUNS);
  });

  it.each(CORPUS)("is read or left out: %s", (_, text) => {
    const content = parsed(text);
    isRead(content);
    isRead(joinPrivate(content, [bytes(text)]));
    readAboutKernel(content);
    readNamed(content);
    readTraits(() => content);
  });

  it("is a kernel, a bundle and traits, or none", () => {
    fc.assert(
      fc.property(anything(), (value) => {
        const { kernel, pause } = readAboutKernel(value);
        expect([typeof kernel, typeof pause]).toEqual(["object", "number"]);
        const named = readNamed(value);
        if (named) expect(typeof named.name + typeof named.hash).toBe("stringstring");
        const traits = readTraits(() => value);
        expect(Array.isArray(traits.providers)).toBe(true);
      }),
      RUNS,
    );
  });

  it("has its private fields, whole or not at all", () => {
    fc.assert(
      fc.property(message(), fc.nat(), fc.nat(255), (whole, place, other) => {
        const [content, buffers] = splitPrivate(whole);
        const names: readonly string[] = Object.keys(PRIVATE_FIELDS).includes(whole.type as string)
          ? PRIVATE_FIELDS[whole.type as keyof typeof PRIVATE_FIELDS]
          : [];
        for (const name of names) expect(content).not.toHaveProperty(name);
        const joined = joinPrivate(content, buffers) as Record<string, unknown>;
        const same = (name: string): unknown[] => [joined[name], whole[name]];
        for (const name of names) {
          const [got, sent] = same(name);
          expect(JSON.stringify([got])).toBe(JSON.stringify([sent]));
        }
        if (!buffers) return;
        // What is cut or damaged brings no other field, and is no error.
        const data = new Uint8Array(buffers[0]!).slice();
        data[place % data.length] = other;
        const cut = joinPrivate(content, [data.subarray(place % data.length)]) as object;
        const more = Object.keys(cut).filter((name) => !Object.hasOwn(content, name));
        expect(names).toEqual(expect.arrayContaining(more));
      }),
      RUNS,
    );
  });

  it("comes with buffers, or with what is none", () => {
    const part = fc.oneof(fc.uint8Array(), anything());
    fc.assert(
      fc.property(fc.oneof(fc.array(part), anything()), (buffers) => {
        const sizes = Array.isArray(buffers)
          ? buffers.map((each) => (each instanceof Uint8Array ? each.length : 0))
          : [];
        const least = sizes.reduce((sum, size) => sum + size, 0);
        expect(bytesOf(buffers).length).toBeGreaterThanOrEqual(least);
      }),
      RUNS,
    );
  });
});
