import { keepKeys } from "../dom/keys";
import type { Early, Named } from "../wire/bytes";
import type { Model } from "../wire/model";
import { bundles, keep } from "./bundles";

/** Milliseconds. */
const REQUEST_FIRST = 1500;
const REQUEST_LAST = 20_000;
const DEAD = 4000;
/** Requests without an answer until a kernel that speaks is taken for one of another version. */
const REQUESTS_MAX = 6;
/** Messages that are kept for the bundle. */
const EARLY_MAX = 20;

/** Texts for a view that cannot be drawn. */
export interface Words {
  /** No kernel has answered. */
  dead: string;
  /** The page forbids the import. */
  forbidden: string;
}
const OTHER = "This page and its kernel have different versions. Run this cell again.";

interface Place {
  model: Model;
  el: HTMLElement;
  words: Words;
  /** The bundle to draw; the kernel is asked where it is not known. */
  named?: Named | undefined;
  /** Milliseconds before the bundle is requested: it may be on its way. */
  patience?: number;
  /** Called with the name that the kernel has answered. */
  onNamed?: (named: Named) => void;
  /** Called when it is drawn. */
  onDrawn?: () => void;
}

/**
 * Draws a bundle as soon as the page has it, and requests it from the kernel until then.
 *
 * @returns ends the view
 */
export function draw({
  model,
  el,
  words,
  named,
  patience = 0,
  onNamed,
  onDrawn,
}: Place): () => void {
  const id = crypto.getRandomValues(new Uint32Array(4)).join("");
  // The kernel's note for a page that cannot draw goes by it.
  el.classList.add("colabwidget-drawn");
  const note = el.appendChild(document.createElement("p"));
  note.setAttribute("role", "status");
  const early: Early[] = [];
  let answered = false;
  let requests = 0;
  let pause = REQUEST_FIRST;
  let requestTimer = 0;
  let close: (() => void) | null = null;

  const showNote = (id: string, text: string): void => {
    note.dataset.testid = id;
    note.textContent = text;
  };
  /** Stops waiting for the bundle. */
  const end = (): void => {
    clearTimeout(requestTimer);
    clearTimeout(deadTimer);
    model.off("msg:custom", onMessage);
  };
  const request = (): void => {
    // Another view of this page may have been faster.
    if (named && start(named.hash)) return;
    if (answered && ++requests > REQUESTS_MAX) showNote("loading", OTHER);
    requestTimer = setTimeout(request, pause);
    pause = Math.min(pause * 2, REQUEST_LAST);
    try {
      model.send(named ? { type: "bundle", bundle: named.hash } : { type: "ready", page: id });
    } catch {
      // The kernel is gone; the note says what to do.
    }
  };
  /** Draws the bundle if the page has it or is importing it. */
  const start = (hash: string): boolean => {
    const loading = bundles[hash];
    loading
      ?.then((bundle) => {
        if (close) return;
        end();
        note.remove();
        close = bundle({ model, el, waits: named?.waits === true, early });
        onDrawn?.();
      })
      .catch(() => {
        if (close) return;
        end();
        el.append(note);
        showNote("loading", words.forbidden);
      });
    return loading !== undefined;
  };
  const onMessage = (content: unknown, buffers: unknown): void => {
    const { type, bundle, waits } = (content ?? {}) as Record<string, unknown>;
    answered = true;
    early.splice(0, early.push([content, buffers]) - EARLY_MAX);
    if (type === "hello" && !named && typeof bundle === "string") {
      named = { name: "", hash: bundle, waits: waits === true };
      onNamed?.(named);
      clearTimeout(requestTimer);
      request();
    }
    const hash = keep(content, buffers);
    if (hash) start(hash);
    if (note.dataset.testid === "dead") showNote("loading", "Loading");
  };

  const deadTimer = setTimeout(() => answered || showNote("dead", words.dead), DEAD);
  showNote("loading", "Loading");
  keepKeys(el);
  model.on("msg:custom", onMessage);
  if (!named) request();
  else if (!start(named.hash)) requestTimer = setTimeout(request, patience);
  return () => {
    end();
    close?.();
    close ??= () => undefined;
    el.replaceChildren();
  };
}
