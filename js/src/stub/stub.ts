/** The part of this front end that a notebook stores: it draws bundles that the kernel sends. */
import { readNamed } from "../wire/bytes";
import type { Model } from "../wire/model";
import { keep } from "./bundles";
import { draw, type Words } from "./draw";

/** Milliseconds before the card is requested: the kernel sends it unasked. */
const PUSHED = 25;
/** Milliseconds until the kernel is told that this page can draw; a view may be drawn much later. */
const ANNOUNCE = 2000;

interface View {
  model: Model;
  el: HTMLElement;
}

const CARD: Words = {
  dead: "Run this cell to connect.",
  forbidden:
    "This page does not let the widget load its card. In a cell, colabwidget.connect() " +
    "shows the details and colabwidget.disconnect() ends the session.",
};
const STREAM: Words = {
  dead: "Run this cell to open it.",
  forbidden: "This page does not allow what the view needs.",
};

/**
 * Keeps a bundle that arrives before there is a view, and tells the kernel that this page draws.
 *
 * It tells a kernel's first widget at once: what a page sends acknowledges what has come, and the
 * notebook's server keeps the cell's result back until then, up to 40 ms.
 */
function initialize({ model }: Pick<View, "model">): () => void {
  model.on("msg:custom", keep);
  const announce = (): void => {
    try {
      model.send({ type: "here" });
    } catch {
      // The kernel is gone.
    }
  };
  const isFirst = readNamed(model.get("_bundle"))?.first;
  const timer = isFirst ? announce() : setTimeout(announce, ANNOUNCE);
  return () => {
    clearTimeout(timer ?? 0);
    model.off("msg:custom", keep);
  };
}

function render({ model, el }: View): () => void {
  const show = (): (() => void) => {
    const named = readNamed(model.get("_bundle"));
    const isCard = named?.name === "card";
    return draw({
      model,
      el,
      named,
      words: isCard ? CARD : STREAM,
      patience: isCard ? PUSHED : 0,
    });
  };
  let end = show();
  // A new build, under a kernel that watches for builds.
  const again = (): void => {
    end();
    end = show();
  };
  model.on("change:_bundle", again);
  return () => {
    model.off("change:_bundle", again);
    end();
  };
}

export default { initialize, render };
