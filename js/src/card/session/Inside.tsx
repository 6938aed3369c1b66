import { Component, Fragment, h } from "preact";
import type { State } from "../../state/store";
import type { View } from "../../state/view";
import { draw, type Words } from "../../stub/draw";
import type { Named } from "../../wire/bytes";
import { modelInside } from "../../wire/inside";
import type { Model } from "../../wire/model";
import { NO_TUNNEL, type Inside as Kind } from "../../wire/protocol";
import { Button } from "../ui/basics";

/** Nothing was opened to the outside: what there is, is shown in the notebook. */
export const isHere = ({ snapshot }: State): boolean => snapshot?.options?.tunnel === NO_TUNNEL;

const isOpen = ({ state }: View, kind: Kind): boolean =>
  state.open[`inside-${kind}`] ?? state.inside?.[kind] ?? false;

const hasDesktop = ({ snapshot }: State): boolean =>
  snapshot?.desktop.phase === "connected" || snapshot?.desktop.phase === "reconnecting";

interface OpenProps {
  view: View;
  kind: Kind;
}

/** Opens it inside the card; nothing where that is done. */
export const Open = ({ view, kind }: OpenProps) =>
  isOpen(view, kind) || view.state.gone ? null : (
    <Button id={`open-${kind}`} onClick={() => view.inside(kind, true)}>
      {`Open ${kind} here`}
    </Button>
  );

/** Opens them where there are no details beside which that could stand. */
export const OpenHere = ({ view }: { view: View }) =>
  isHere(view.state) ? (
    <>
      {hasDesktop(view.state) && <Open view={view} kind="desktop" />}
      <Open view={view} kind="terminal" />
    </>
  ) : null;

/** The desktop and the terminal in the card, as far as they are open, each in a place of its own. */
export const Inside = ({ view }: { view: View }) => (
  <>
    <div>
      {hasDesktop(view.state) && isOpen(view, "desktop") && <Shown view={view} kind="desktop" />}
    </div>
    <div>{isOpen(view, "terminal") && <Shown view={view} kind="terminal" />}</div>
  </>
);

const WORDS: Words = {
  dead: "Loading",
  forbidden: "This page does not allow what the view needs.",
};

/** The bundles that the kernel has named, by the card's model. */
const bundles = new WeakMap<Model, Partial<Record<Kind, Named>>>();

/** One of them; what it shows goes on when it is closed. */
class Shown extends Component<OpenProps, { drawn?: boolean }> {
  #box: HTMLElement | null = null;
  #end = (): void => undefined;

  override componentDidMount(): void {
    const { view, kind } = this.props;
    const el = this.#box!;
    const known = bundles.get(view.model) ?? {};
    bundles.set(view.model, known);
    this.#end = draw({
      model: modelInside(view.model, kind),
      el,
      words: WORDS,
      named: known[kind],
      onNamed: (named) => void (known[kind] = named),
      onDrawn: this.#onDrawn,
    });
  }

  override componentWillUnmount(): void {
    this.#end();
  }

  #close = (): void => this.props.view.inside(this.props.kind, false);

  #onDrawn = (): void => {
    const { view, kind } = this.props;
    // Among its own buttons: they can be reached from inside by a key, and what comes after cannot.
    const tools = this.#box?.querySelector(".cws-tools");
    if (tools) {
      const close = document.createElement("button");
      Object.assign(close, { type: "button", textContent: "Close", onclick: this.#close });
      close.setAttribute("aria-label", `Close ${kind}`);
      close.setAttribute("data-testid", `close-${kind}`);
      tools.append(close);
      this.setState({ drawn: true });
    }
    // A terminal that the user has just opened takes focus.
    if (kind === "terminal" && view.state.open["opened-terminal"]) {
      this.#box?.querySelector("textarea")?.focus();
    }
  };

  override render({ kind }: OpenProps, { drawn }: { drawn?: boolean }) {
    return (
      <div class="cw-shown" data-testid={`inside-${kind}`}>
        <div ref={(box) => void (this.#box = box)} />
        {drawn || (
          <Button id={`close-${kind}`} onClick={this.#close}>
            {`Close ${kind}`}
          </Button>
        )}
      </div>
    );
  }
}
