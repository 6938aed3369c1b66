/** What is inside the card talks to the kernel through the card's own model. */
import type { Model } from "./model";
import type { Inside } from "./protocol";

/** Parts of the card that the kernel sends when they are needed. */
export type PartName = "session" | "bridge";

type Callback = (...args: unknown[]) => void;

/** The card's model as that of `kind` alone: its messages are wrapped. */
export function modelInside(model: Model, kind: Inside | PartName): Model {
  const wrapped = new Map<Callback, Callback>();
  return {
    widget_manager: model.widget_manager,
    get: () => undefined,
    set: () => undefined,
    save_changes: () => undefined,
    send: (content, callbacks, buffers) =>
      model.send({ type: "inside", kind, content }, callbacks, buffers),
    on(event, callback) {
      const relay: Callback = (message, ...rest) => {
        const { type, kind: of, content } = (message ?? {}) as Record<string, unknown>;
        if (type === "inside" && of === kind) callback(content, ...rest);
      };
      wrapped.set(callback, relay);
      model.on(event, relay);
    },
    off(event, callback) {
      const relay = wrapped.get(callback);
      if (relay) model.off(event, relay);
      wrapped.delete(callback);
    },
  };
}
