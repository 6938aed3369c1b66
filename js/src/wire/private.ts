/**
 * Fields of messages that travel in a buffer beside the message: kernels and pages may log what a
 * message says, and a kernel's log is kept with the notebook.
 */
import { bytesOf } from "./bytes";
import { isObject } from "./fit";
import { PRIVATE_FIELDS } from "./protocol";

type Content = Record<string, unknown>;

const privateNames = (type: unknown): readonly string[] =>
  typeof type === "string" && Object.hasOwn(PRIVATE_FIELDS, type)
    ? PRIVATE_FIELDS[type as keyof typeof PRIVATE_FIELDS]
    : [];

const pick = (content: object, wanted: (name: string) => boolean): Content =>
  Object.fromEntries(Object.entries(content).filter(([name]) => wanted(name)));

/** The message without its private fields, and the buffers that hold these. */
export function splitPrivate(content: object): [Content, ArrayBuffer[] | undefined] {
  const names = privateNames((content as Content).type);
  const hidden = pick(content, (name) => names.includes(name));
  if (!Object.keys(hidden).length) return [{ ...content }, undefined];
  const bytes = new TextEncoder().encode(JSON.stringify(hidden));
  return [pick(content, (name) => !names.includes(name)), [bytes.slice().buffer as ArrayBuffer]];
}

/** The message with the private fields of its buffers; those in the message itself do not count. */
export function joinPrivate(content: unknown, buffers: unknown): unknown {
  if (!isObject(content)) return content;
  const names = privateNames(content.type);
  if (!names.length) return content;
  let hidden: unknown;
  try {
    hidden = JSON.parse(new TextDecoder().decode(bytesOf(buffers)));
  } catch {
    // None, or cut short.
  }
  return {
    ...pick(content, (name) => !names.includes(name)),
    ...(isObject(hidden) ? pick(hidden, (name) => names.includes(name)) : {}),
  };
}
