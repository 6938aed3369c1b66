/** The bundles that this page has: modules that a kernel has sent, each imported once. */
import { bytesOf, type Bundle } from "../wire/bytes";

/** By hash: all views of a page share what was imported, and another version brings its own. */
const page = globalThis as { colabwidgetBundles?: Record<string, Promise<Bundle>> };
export const bundles = (page.colabwidgetBundles ??= {});

/** Imports a module from its gzipped text. */
async function load(packed: Uint8Array<ArrayBuffer>): Promise<Bundle> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const headers = { "Content-Type": "text/javascript" };
  const url = URL.createObjectURL(await new Response(stream, { headers }).blob());
  try {
    return ((await import(/* @vite-ignore */ url)) as { default: Bundle }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Begins to import the bundle in a message, unless the page has it.
 *
 * @returns its hash, or '' where the message brings none
 */
export function keep(content: unknown, buffers: unknown): string {
  const { type, bundle } = (content ?? {}) as { type?: string; bundle?: string };
  const packed = type === "bundle" && typeof bundle === "string" && bytesOf(buffers);
  if (!bundle || !packed || !packed.length) return "";
  const loading = (bundles[bundle] ??= load(packed));
  // A failure is shown by the views that wait for it, and the next message tries again.
  loading.catch(() => delete bundles[bundle]);
  return bundle;
}
