import { Component, Fragment, h } from "preact";
import { openHere } from "../../state/actions";
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

export const hasDesktop = ({ snapshot }: State): boolean =>
  snapshot?.desktop.phase === "connected" || snapshot?.desktop.phase === "reconnecting";

interface ShownProps {
  view: View;
  kind: Kind;
}

interface OpenProps extends ShownProps {
  children: string;
}

/** Opens it inside the card, and closes it; the button stays where it is. */
export const Open = ({ view, kind, children }: OpenProps) => {
  const { shown, state } = view;
  const open = isOpen(view, kind) && (kind !== "desktop" || hasDesktop(state));
  const rests = shown === "idle" || shown === "failed";
  const click = (): void => (rests && !open ? openHere(view, kind) : view.inside(kind, !open));
  return state.gone && !open ? null : (
    <Button id={`open-${kind}`} aria-expanded={open} onClick={click}>
      {open ? `Close ${kind}` : children}
    </Button>
  );
};

/** What needs neither a tunnel nor an account: one click each. */
export const HereRow = ({ view }: { view: View }) => (
  <div class="cw-line-up" role="group" aria-label="In this notebook">
    <div class="cw-line-up cw-named">
      <strong aria-hidden="true">In this notebook</strong>
      <span class="cw-muted">no account needed</span>
    </div>
    <Open view={view} kind="terminal">
      Terminal
    </Open>
    <Open view={view} kind="desktop">
      Desktop
    </Open>
    <Open view={view} kind="files">
      Files
    </Open>
  </div>
);

const TITLES: Record<Kind, string> = { terminal: "Terminal", desktop: "Desktop", files: "Files" };

/** The same beside a session; its desktop where it has one. */
export function OpenHere({ view }: { view: View }) {
  const { state } = view;
  const found = (Object.keys(TITLES) as Kind[]).filter(
    (kind) =>
      (kind !== "desktop" || hasDesktop(state)) &&
      // What is open can be closed in any case.
      (isOpen(view, kind) || !state.gone),
  );
  return found.length ? (
    <div class="cw-line-up" role="group" aria-label="In this notebook">
      <span class="cw-muted" aria-hidden="true">
        In this notebook
      </span>
      {found.map((kind) => (
        <Open key={kind} view={view} kind={kind}>
          {TITLES[kind]}
        </Open>
      ))}
    </div>
  ) : null;
}

/** The desktop and the terminal in the card, as far as they are open, each in a place of its own. */
export const Inside = ({ view }: { view: View }) => (
  <>
    <div>
      {hasDesktop(view.state) && isOpen(view, "desktop") && <Shown view={view} kind="desktop" />}
    </div>
    <div>{isOpen(view, "terminal") && <Shown view={view} kind="terminal" />}</div>
    <div>{isOpen(view, "files") && <Shown view={view} kind="files" />}</div>
  </>
);

const WORDS: Words = {
  dead: "Loading",
  forbidden: "This page does not allow what the view needs.",
};

/** The bundles that the kernel has named, by the card's model. */
const bundles = new WeakMap<Model, Partial<Record<Kind, Named>>>();

/** One of them; what it shows goes on when it is closed. */
class Shown extends Component<ShownProps, { drawn?: boolean }> {
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
    // What the user has just opened is brought into sight and takes focus.
    if (!view.state.open[`opened-${kind}`]) return;
    const place = this.#box?.parentElement;
    ((kind === "terminal" && this.#box?.querySelector("textarea")) || place)?.focus();
    place?.scrollIntoView?.({ block: "nearest" });
  };

  override render({ kind }: ShownProps, { drawn }: { drawn?: boolean }) {
    return (
      <div
        class="cw-shown"
        role="group"
        aria-label={kind[0]!.toUpperCase() + kind.slice(1)}
        tabIndex={-1}
        data-testid={`inside-${kind}`}
      >
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
