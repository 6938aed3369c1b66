/** Parts of the card that are modules of their own; the kernel has them and sends them when asked. */
import type { MakeAsker } from "../../state/seal";
import type { View } from "../../state/view";
import { bundles, keep } from "../../stub/bundles";
import { modelInside } from "../../wire/inside";
import type { PartName } from "../../wire/inside";

/** Milliseconds. */
const REQUEST_FIRST = 1500;
const REQUEST_LAST = 20_000;
const LATE = 6000;

/** A part in its place. */
export interface Placed {
  /** Draws the view as it is now. */
  draw(): void;
  end(): void;
}

/** The default export of a part's module. */
export interface Part {
  /** Takes a place for the part of one view. */
  (view: View, el: HTMLElement): Placed;
  /** How a view asks for what the part shows; the session's has it. */
  makeAsker?: MakeAsker;
}

/** One part, however far it is. */
export interface Fetched {
  /** Once it has come. */
  readonly part: Part | null;
  /** It has not come for some time, or the page could not run it; '' while it is awaited. */
  readonly trouble: "" | "late" | "forbidden";
  /** Fetches it, unless that is under way or done. */
  want(): void;
  /** Asks for it anew. */
  retry(): void;
  close(): void;
}

/**
 * A part that is fetched once it is wanted.
 *
 * @param changed called when it has come, and at each trouble
 */
export function fetchPart(view: View, name: PartName, changed: () => void): Fetched {
  const model = modelInside(view.model, name);
  let hash = "";
  let wanted = false;
  let open = true;
  let pause = REQUEST_FIRST;
  let requestTimer = 0;
  let lateTimer = 0;
  const fetched = { part: null as Part | null, trouble: "" as Fetched["trouble"] };

  const tell = (part: Part | null, trouble: Fetched["trouble"]): void => {
    if (!open || fetched.part) return;
    Object.assign(fetched, { part, trouble });
    changed();
  };
  const rest = (): void => {
    clearTimeout(requestTimer);
    clearTimeout(lateTimer);
  };
  /** Takes the module, if the page has it or is importing it. */
  const take = (): boolean => {
    const loading = bundles[hash] as Promise<unknown> | undefined;
    loading
      ?.then((part) => {
        rest();
        tell(part as Part, "");
      })
      .catch(() => {
        rest();
        tell(null, "forbidden");
      });
    return loading !== undefined;
  };
  const request = (): void => {
    clearTimeout(requestTimer);
    if (fetched.part || (hash && take())) return;
    requestTimer = setTimeout(request, pause);
    pause = Math.min(pause * 2, REQUEST_LAST);
    try {
      model.send(hash ? { type: "bundle", bundle: hash } : { type: "ready", page: view.id });
    } catch {
      // The kernel is gone, as the card says.
    }
  };
  const begin = (): void => {
    rest();
    pause = REQUEST_FIRST;
    lateTimer = setTimeout(() => tell(null, "late"), LATE);
    request();
  };
  const onMessage = (content: unknown, buffers: unknown): void => {
    const { type, bundle } = (content ?? {}) as Record<string, unknown>;
    const came = keep(content, buffers);
    const named = type === "hello" && typeof bundle === "string" ? bundle : came;
    if (!named || fetched.part) return;
    hash = named;
    pause = REQUEST_FIRST;
    if (wanted) request();
  };
  model.on("msg:custom", onMessage);
  return Object.assign(fetched, {
    want() {
      if (wanted) return;
      wanted = true;
      begin();
    },
    retry() {
      fetched.trouble = "";
      begin();
      changed();
    },
    close() {
      open = false;
      rest();
      model.off("msg:custom", onMessage);
    },
  });
}
