/**
 * What the notebook's front end knows of the kernel, as far as it lets a widget see it.
 *
 * JupyterLab and Notebook 7 have an object for the kernel, the classic Notebook has another, and
 * both mark the views of widgets whose kernel was restarted. Colab and others tell nothing.
 */
import { isObject } from "./fit";
import type { Model } from "./model";

export type Gone = "restarted" | "ended";

export interface FrontEnd {
  /** The kernel behind this widget is no more; '' where that is not known. */
  gone(): Gone | "";
  /** This page has no connection to the notebook's server. */
  cut(): boolean;
  /** The kernel is busy with a cell. */
  busy(): boolean;
  close(): void;
}

/** Set by ipywidgets on a view whose kernel was restarted. */
const DISCONNECTED = ".jupyter-widgets-disconnected";
const CLASSIC_EVENTS = ["connected", "disconnected", "reconnecting", "dead", "killed"]
  .map((name) => `kernel_${name}.Kernel`)
  .join(" ");
const GONE: Record<string, Gone> = {
  restarting: "restarted",
  autorestarting: "restarted",
  terminating: "ended",
  dead: "ended",
};

type Slot = () => void;
interface Signal {
  connect(slot: Slot): void;
  disconnect(slot: Slot): void;
}

const part = (of: unknown, name: string): unknown => (isObject(of) ? of[name] : undefined);
const isSignal = (value: unknown): value is Signal =>
  isObject(value) && typeof value.connect === "function" && typeof value.disconnect === "function";

/**
 * @param el stands in the widget's view
 * @param changed called when `gone` or `cut` may have changed
 */
export function watchFrontEnd(model: Model, el: HTMLElement, changed: Slot): FrontEnd {
  const manager = model.widget_manager;
  // A notebook may get another kernel; this widget belongs to the one that it was made by.
  const kernel = part(manager, "kernel");
  const notebook = part(manager, "notebook");
  const ends: Slot[] = [];

  const isClassicCut = (): boolean => {
    const own = part(notebook, "kernel") as { is_connected?: () => boolean } | undefined;
    return typeof own?.is_connected === "function" && !own.is_connected();
  };
  const frontEnd: FrontEnd = {
    gone() {
      const status = part(kernel, "status");
      const known = typeof status === "string" && GONE[status];
      if (known) return known;
      if (part(kernel, "isDisposed") === true) return "ended";
      return el.isConnected && el.closest(DISCONNECTED) ? "restarted" : "";
    },
    cut() {
      const status = part(kernel, "connectionStatus");
      return typeof status === "string" ? status !== "connected" : isClassicCut();
    },
    busy: () => part(kernel, "status") === "busy" || part(notebook, "kernel_busy") === true,
    close: () => ends.forEach((end) => end()),
  };
  let before = `${frontEnd.gone()} ${frontEnd.cut()}`;
  const look = (): void => {
    const now = `${frontEnd.gone()} ${frontEnd.cut()}`;
    if (now === before) return;
    before = now;
    changed();
  };
  for (const name of ["statusChanged", "connectionStatusChanged", "disposed"]) {
    const signal = part(kernel, name);
    if (!isSignal(signal)) continue;
    signal.connect(look);
    ends.push(() => signal.disconnect(look));
  }
  const events = part(notebook, "events") as
    { on?(names: string, slot: Slot): void; off?(names: string, slot: Slot): void } | undefined;
  if (typeof events?.on === "function") {
    events.on(CLASSIC_EVENTS, look);
    ends.push(() => events.off?.(CLASSIC_EVENTS, look));
  }
  // The mark is set by a listener that came before this one; said each time, as a kernel is back too.
  const onLive = (): void => {
    before = `${frontEnd.gone()} ${frontEnd.cut()}`;
    changed();
  };
  model.on("comm_live_update", onLive);
  ends.push(() => model.off("comm_live_update", onLive));
  return frontEnd;
}

/** A front end that tells nothing. */
export const SILENT_FRONT_END: FrontEnd = {
  gone: () => "",
  cut: () => false,
  busy: () => false,
  close: () => undefined,
};
