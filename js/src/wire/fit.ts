/** Readers of untrusted data: whatever comes in, a value of the right shape comes out. */

type Reader = (value: unknown) => unknown;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/**
 * `value` in the shape of `like`; what is missing or of another type is taken from `like`.
 *
 * A list in `like` has one item, the shape of all; a function in it reads its own part.
 */
export function fit<T>(like: T, value: unknown): T;
export function fit(like: unknown, value: unknown): unknown {
  if (typeof like === "function") return (like as Reader)(value);
  if (Array.isArray(like)) {
    return Array.isArray(value) ? value.filter(isObject).map((each) => fit(like[0], each)) : [];
  }
  if (isObject(like)) {
    const from = isObject(value) ? value : {};
    return Object.fromEntries(
      Object.entries(like).map(([key, part]) => [key, fit(part, from[key])]),
    );
  }
  return typeof value === typeof like && (typeof value !== "number" || isFinite(value))
    ? value
    : like;
}

/** A reader in the place of what it reads. */
const by = <T>(read: (value: unknown) => T): T => read as unknown as T;

/** The shape of `like`, or null. */
export const maybe = <T>(like: T): T | null =>
  by((value) =>
    typeof value === typeof like && value !== null ? fit<T | null>(like, value) : null,
  );

/** A whole number from 0. */
export const count = by((value) => (typeof value === "number" ? value >>> 0 : 0));

/** One of `values`, or undefined. */
export const member = <T>(values: readonly T[]): T =>
  by((value) => values.find((each) => each === value) as T);

/** The parts of `like` that are there, and of the right type. */
export const partial = <T extends object>(like: T): Partial<T> =>
  by((value) => {
    const known = Object.entries(like).filter(
      ([name, part]) => isObject(value) && typeof value[name] === typeof part,
    );
    return fit(Object.fromEntries(known) as Partial<T>, value);
  });

/** The shape of `like`, or null where none of the named texts is there. */
export const filled = <T>(like: T, ...names: (keyof T)[]): T | null =>
  by((value) => {
    const read = fit(like, value);
    return names.some((name) => read[name]) ? read : null;
  });
