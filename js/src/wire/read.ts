/** Reads what the kernel sends and syncs, whatever it is. */
import { fit, isObject, maybe } from "./fit";
import type * as P from "./protocol";
import * as like from "./shapes";

export const NO_ERROR: P.ErrorInfo = { ...like.ERROR_INFO, offers: [] };

const TRAITS = {
  ...like.OPTIONS,
  token_secret: "",
  providers: [like.PROVIDER],
  host: maybe(like.HOST),
};
export const TRAIT_NAMES = Object.keys(TRAITS);

/** The traits that the page looks at. */
export function readTraits(get: (name: string) => unknown) {
  const values = Object.fromEntries(TRAIT_NAMES.map((name) => [name, get(name)]));
  const { providers, host, ...options } = fit(TRAITS, values);
  for (const each of providers) each.fields = each.fields.filter(({ name }) => name);
  return { options, providers, host };
}

/** The message in `content`, or null where it is none of ours. */
export function readMessage(content: unknown): P.KernelMessage | null {
  if (!isObject(content) || typeof content.serial !== "number") return null;
  if (content.type === "state") {
    const message = fit(like.STATE_MESSAGE, content);
    return message.state.phase && message;
  }
  if (content.type === "log") return fit(like.LOG_MESSAGE, content);
  if (content.type === "busy") return fit(like.BUSY_MESSAGE, content);
  if (content.type === "load") return fit(like.LOAD_MESSAGE, content);
  if (content.type === "sealed") return fit(like.SEALED_MESSAGE, content);
  if (content.type === "cannot_seal") return fit(like.CANNOT_SEAL_MESSAGE, content);
  return content.type === "details" && isObject(content.details)
    ? fit(like.DETAILS_MESSAGE, content)
    : null;
}

const ABOUT_KERNEL = { kernel: maybe(like.KERNEL), pause: 0 };

/** What a message about a stream tells of the kernel: which one it is, and that it is busy. */
export const readAboutKernel = (content: unknown): typeof ABOUT_KERNEL =>
  fit(ABOUT_KERNEL, isObject(content) ? content : {});
