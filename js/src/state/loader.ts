import type { Clock } from "../dom/clock";
import type { PartMessage } from "../wire/protocol";
import { catchUp } from "./catchup";
import { shared } from "./shared";

/** Which parts.js belongs to this widget.js; the build says it. */
declare const PARTS_HASH: string;
export const HASH = PARTS_HASH;

/** A component that shows a part of a session; which props it has is known where it is drawn. */
type Part = (props: { view: never }) => unknown;
export type Parts = Readonly<Record<"Failed" | "Session" | "Inside", Part>>;

/** Makes the parts from what widget.js has. */
type Factory = (shared: unknown[]) => Parts;

/** By hash: all the widgets of a page share one, and another version brings its own. */
const page = globalThis as { colabwidgetParts?: Record<string, Factory> };
export const loaded = (page.colabwidgetParts ??= {});

/** Times that it is asked for before the kernel is taken for one that has none. */
const ASKED = 6;

/** Why there are no parts: the page forbids it, or the kernel has another version's. */
export type Lack = "forbidden" | "other";

export interface Loader {
  /** The kernel can be asked. */
  want(): void;
  take(message: PartMessage): void;
  close(): void;
}

/** Runs `text` as a module. */
async function importText(text: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return ((await import(/* @vite-ignore */ url)) as { default: unknown }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Gets the parts from the page, or from the kernel.
 *
 * @param ask asks the kernel; question and answer may be lost
 * @param done called with the parts, or with why there are none
 */
export function openLoader(
  clock: Clock,
  ask: () => void,
  done: (parts: Parts | null, lack?: Lack) => void,
  run = importText,
): Loader {
  let open = true;
  let asked = 0;

  const end = (parts: Parts | null, lack?: Lack): void => {
    if (!open) return;
    close();
    done(parts, lack);
  };
  const close = (): void => {
    open = false;
    waiting.done();
  };
  const waiting = catchUp(
    clock,
    () => {
      // Another widget of this page may have been faster.
      const factory = loaded[HASH];
      if (factory) return end(factory(shared));
      // An answer that comes late is welcome all the same.
      if (++asked > ASKED) done(null, "other");
      ask();
    },
    0,
    1500,
    20_000,
  );
  return {
    want() {
      const factory = loaded[HASH];
      if (factory) end(factory(shared));
      else if (open) waiting.want();
    },
    take({ hash, text }) {
      if (!open) return;
      if (hash !== HASH) return end(null, "other");
      run(text)
        .then((module) => {
          const factory = module as Factory;
          const parts = factory(shared);
          loaded[hash] = factory;
          end(parts);
        })
        .catch(() => end(null, "forbidden"));
    },
    close,
  };
}
