import { keepKeys } from "../dom/keys";
import type { Named } from "../wire/bytes";
import type { Model } from "../wire/model";
import { bundles, keep } from "./bundles";

/** Milliseconds. */
const ASK_FIRST = 1500;
const ASK_LAST = 20_000;
const DEAD = 4000;
/** Requests without an answer until a kernel that speaks is taken for one of another version. */
const ASKED = 6;
/** Messages that are kept for the bundle. */
const EARLY = 20;

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
  /** Called with the kernel's answer to that. */
  learned?: (named: Named) => void;
  /** Called when it is drawn. */
  drawn?: () => void;
}

/**
 * Draws a bundle as soon as the page has it, and requests it from the kernel until then.
 *
 * @returns ends the view
 */
export function draw({ model, el, words, named, patience = 0, learned, drawn }: Place): () => void {
  const id = crypto.getRandomValues(new Uint32Array(4)).join("");
  const note = el.appendChild(document.createElement("p"));
  note.setAttribute("role", "status");
  const early: unknown[] = [];
  let heard = false;
  let asked = 0;
  let pause = ASK_FIRST;
  let asking = 0;
  let close: (() => void) | null = null;

  const say = (id: string, text: string): void => {
    note.dataset.testid = id;
    note.textContent = text;
  };
  /** Stops waiting for the bundle. */
  const end = (): void => {
    clearTimeout(asking);
    clearTimeout(dying);
    model.off("msg:custom", onMessage);
  };
  const ask = (): void => {
    // Another view of this page may have been faster.
    if (named && start(named.hash)) return;
    if (heard && ++asked > ASKED) say("loading", OTHER);
    asking = setTimeout(ask, pause);
    pause = Math.min(pause * 2, ASK_LAST);
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
        drawn?.();
      })
      .catch(() => {
        if (close) return;
        end();
        el.append(note);
        say("loading", words.forbidden);
      });
    return loading !== undefined;
  };
  const onMessage = (content: unknown, buffers: unknown): void => {
    const { type, bundle, waits } = (content ?? {}) as Record<string, unknown>;
    heard = true;
    early.splice(0, early.push(content) - EARLY);
    if (type === "hello" && !named && typeof bundle === "string") {
      named = { name: "", hash: bundle, waits: waits === true };
      learned?.(named);
      clearTimeout(asking);
      ask();
    }
    const hash = keep(content, buffers);
    if (hash) start(hash);
    if (note.dataset.testid === "dead") say("loading", "Loading");
  };

  const dying = setTimeout(() => heard || say("dead", words.dead), DEAD);
  say("loading", "Loading");
  keepKeys(el);
  model.on("msg:custom", onMessage);
  if (!named) ask();
  else if (!start(named.hash)) asking = setTimeout(ask, patience);
  return () => {
    end();
    close?.();
    close ??= () => undefined;
    el.replaceChildren();
  };
}
