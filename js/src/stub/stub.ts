/** All of this front end that a notebook stores: it draws what the kernel sends. */
import { readNamed } from "../wire/bytes";
import type { Model } from "../wire/model";
import { keep } from "./bundles";
import { draw, type Words } from "./draw";

/** A kernel sends the card before a page can ask for it; milliseconds. */
const PUSHED = 25;

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

/** Takes a bundle that comes before there is a view. */
function initialize({ model }: Pick<View, "model">): () => void {
  model.on("msg:custom", keep);
  return () => model.off("msg:custom", keep);
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
  // Built anew, under a kernel that watches for that.
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
