/** The part of the card that makes its page the bridge between a paired computer and the server. */
import { Fragment, h, render as draw } from "preact";
import type { Part } from "../card/session/parts";
import { Button, Row } from "../card/ui/basics";
import type { View } from "../state/view";
import { BRIDGE_COMMAND, BRIDGE_PAIR_COMMAND } from "./words";
import { follow, now, start, stop } from "./bridge";

const SAID = {
  off: "",
  connecting: "Connecting",
  asked: "Your browser asks whether this page may reach your own computer: allow it",
  on: "This page is the bridge. Leave it open while you use ssh.",
};

function Bridge({ view }: { view: View }) {
  const { state, trouble } = now();
  const name = `${view.id}-bridge-code`;
  const field = (): HTMLInputElement | null => view.el.querySelector(`[id="${name}"]`);
  const submit = (): void => {
    const box = field();
    if (!box) return;
    void start(box.value);
    box.value = "";
  };
  return (
    <>
      <p class="cw-hint">
        For a server that only your browser can sign in to. Pair with{" "}
        <code>{BRIDGE_PAIR_COMMAND}</code>, later run <code>{BRIDGE_COMMAND}</code>: either shows a
        code and stays open. ssh then goes through this page, as long as both are open.
      </p>
      {state === "on" ? (
        <Row>
          <Button id="bridge-stop" onClick={stop}>
            Stop
          </Button>
        </Row>
      ) : (
        <div class="cw-row">
          <label for={name}>Bridge code</label>
          <div class="cw-line-up">
            <input
              id={name}
              class="cw-input"
              type="password"
              autocomplete="off"
              spellcheck={false}
              data-testid="bridge-code"
              aria-describedby={`${name}-said`}
              onKeyDown={(event) => event.key === "Enter" && submit()}
            />
            <Button id="bridge-start" onClick={submit}>
              Be the bridge
            </Button>
          </div>
        </div>
      )}
      <p
        class={trouble ? "cw-wrong" : "cw-muted"}
        role="status"
        id={`${name}-said`}
        data-testid="bridge-said"
      >
        {trouble || SAID[state]}
      </p>
    </>
  );
}

const bridge: Part = (view, el) => {
  const show = (): void => draw(h(Bridge, { view }), el);
  const end = follow(show);
  return {
    draw: show,
    end() {
      end();
      draw(null, el);
    },
  };
};

export default bridge;
