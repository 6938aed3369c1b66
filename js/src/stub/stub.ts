import { keepKeys } from "../dom/keys";
import { bytesOf, type Bundle } from "../wire/bytes";
import type { Model } from "../wire/model";

/** By hash: all views of a page share what was imported. */
const page = globalThis as { colabwidgetBundles?: Record<string, Promise<Bundle>> };
const bundles = (page.colabwidgetBundles ??= {});

const ASK_EVERY = 1500;

/** Imports a module from its gzipped text. */
async function load(packed: Uint8Array<ArrayBuffer>): Promise<Bundle> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).blob();
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return ((await import(/* @vite-ignore */ url)) as { default: Bundle }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** What the kernel has said about what is drawn. */
export interface Hello {
  bundle: string;
  waits: boolean;
}

interface Place {
  model: Model;
  el: HTMLElement;
  /** What stands there before the kernel has said anything. */
  note?: string;
  /** Called when it is drawn. */
  drawn?: () => void;
  /** What was said to an earlier view of the same: it is not asked again. */
  hello?: Hello | undefined;
  /** Called with what is said to this one. */
  heard?: (hello: Hello) => void;
}

/** Draws what the kernel names, once it has sent what that takes; returns what ends it. */
export function draw({
  model,
  el,
  note: first = "Run this cell to open it.",
  drawn = () => undefined,
  hello,
  heard = () => undefined,
}: Place): () => void {
  const id = crypto.getRandomValues(new Uint32Array(4)).join("");
  const note = document.createElement("p");
  note.textContent = first;
  note.setAttribute("role", "status");
  note.dataset.testid = "stream-note";
  el.append(note);
  keepKeys(el);
  let wanted = "";
  let waits = false;
  let close: (() => void) | null = null;
  let open = true;

  const ask = (): void => {
    try {
      model.send(wanted ? { type: "bundle", bundle: wanted } : { type: "ready", page: id });
    } catch {
      // The kernel is gone; the note says what to do.
    }
  };
  const start = (hash: string): void => {
    const found = bundles[hash];
    if (!found || close) return;
    clearInterval(asking);
    found.then(
      (bundle) => {
        if (!open || close) return;
        note.remove();
        close = bundle({ model, el, waits });
        drawn();
      },
      () => {
        delete bundles[hash];
        note.textContent = "This page does not allow what the view needs.";
      },
    );
  };
  const onMessage = (content: unknown, buffers: unknown): void => {
    const message = content as { type?: string; bundle?: string; waits?: boolean };
    if (!open || close || typeof message?.bundle !== "string") return;
    if (message.type === "hello" && !wanted) {
      wanted = message.bundle;
      waits = message.waits === true;
      heard({ bundle: wanted, waits });
      note.textContent = "Loading";
      if (bundles[wanted]) start(wanted);
      else ask();
    } else if (message.type === "bundle" && wanted) {
      const packed = bytesOf(buffers);
      if (!packed.length) return;
      wanted = message.bundle;
      bundles[wanted] ??= load(packed);
      start(wanted);
    }
  };
  const asking = setInterval(ask, ASK_EVERY);
  model.on("msg:custom", onMessage);
  if (hello && bundles[hello.bundle]) {
    ({ bundle: wanted, waits } = hello);
    start(wanted);
  } else ask();
  return () => {
    open = false;
    clearInterval(asking);
    model.off("msg:custom", onMessage);
    close?.();
    el.replaceChildren();
  };
}

export default { render: draw };
