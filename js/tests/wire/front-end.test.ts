import { afterEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { watchFrontEnd } from "../../src/wire/front-end";

/** A signal as JupyterLab has them. */
class Signal {
  readonly slots = new Set<() => void>();
  connect = (slot: () => void): void => void this.slots.add(slot);
  disconnect = (slot: () => void): void => void this.slots.delete(slot);
  emit(): void {
    for (const slot of [...this.slots]) slot();
  }
}

const labKernel = () => ({
  status: "idle",
  connectionStatus: "connected",
  isDisposed: false,
  statusChanged: new Signal(),
  connectionStatusChanged: new Signal(),
  disposed: new Signal(),
});

function watch(widget_manager: unknown) {
  const model = Object.assign(new FakeModel({}), { widget_manager });
  const view = document.body.appendChild(document.createElement("div"));
  const el = view.appendChild(document.createElement("div"));
  const changed = vi.fn();
  return { model, view, changed, frontEnd: watchFrontEnd(model, el, changed) };
}

afterEach(() => document.body.replaceChildren());

describe("JupyterLab and Notebook 7", () => {
  it.each([
    ["restarting", "restarted"],
    ["autorestarting", "restarted"],
    ["terminating", "ended"],
    ["dead", "ended"],
  ])("tell that the kernel is %s", (status, gone) => {
    const kernel = labKernel();
    const { frontEnd, changed } = watch({ kernel });
    kernel.status = status;
    kernel.statusChanged.emit();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(frontEnd.gone()).toBe(gone);
  });

  it("tell of a kernel that was shut down, or left for another", () => {
    const kernel = labKernel();
    const manager = { kernel };
    const { frontEnd, changed } = watch(manager);
    manager.kernel = labKernel();
    kernel.isDisposed = true;
    kernel.disposed.emit();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(frontEnd.gone()).toBe("ended");
  });

  it("tell of the connection to their server, and that it is back", () => {
    const kernel = labKernel();
    const { frontEnd, changed } = watch({ kernel });
    for (const status of ["connecting", "disconnected"]) {
      kernel.connectionStatus = status;
      kernel.connectionStatusChanged.emit();
      expect([frontEnd.cut(), frontEnd.gone()]).toEqual([true, ""]);
    }
    kernel.connectionStatus = "connected";
    kernel.connectionStatusChanged.emit();
    expect(frontEnd.cut()).toBe(false);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it("say nothing where a kernel is only busy", () => {
    const kernel = labKernel();
    const { frontEnd, changed } = watch({ kernel });
    for (const status of ["busy", "idle", "starting", "unknown", "busy"]) {
      kernel.status = status;
      kernel.statusChanged.emit();
      expect([frontEnd.gone(), frontEnd.busy()]).toEqual(["", status === "busy"]);
    }
    expect(changed).not.toHaveBeenCalled();
  });

  it("are left alone once the view is closed", () => {
    const kernel = labKernel();
    const { model, frontEnd } = watch({ kernel });
    frontEnd.close();
    for (const { slots } of [kernel.statusChanged, kernel.connectionStatusChanged, kernel.disposed])
      expect(slots.size).toBe(0);
    expect(model.listening).toBe(0);
  });
});

describe("the classic Notebook", () => {
  it("tells of its connection and of a busy kernel", () => {
    let connected = true;
    const slots = new Map<string, () => void>();
    const events = {
      on: (names: string, slot: () => void) => names.split(" ").forEach((n) => slots.set(n, slot)),
      off: (names: string) => names.split(" ").forEach((name) => slots.delete(name)),
    };
    const kernel = { is_connected: () => connected };
    const notebook = { events, kernel, kernel_busy: false };
    const { frontEnd, changed } = watch({ notebook });
    expect([frontEnd.cut(), frontEnd.busy()]).toEqual([false, false]);
    connected = false;
    notebook.kernel_busy = true;
    slots.get("kernel_disconnected.Kernel")?.();
    expect(changed).toHaveBeenCalledTimes(1);
    expect([frontEnd.cut(), frontEnd.busy()]).toEqual([true, true]);
    frontEnd.close();
    expect(slots.size).toBe(0);
  });
});

describe("the mark of ipywidgets", () => {
  it("tells that the kernel was restarted, and is looked at each time", () => {
    const { model, view, frontEnd, changed } = watch(undefined);
    view.className = "jupyter-widgets jupyter-widgets-disconnected";
    model.emit("comm_live_update");
    expect(frontEnd.gone()).toBe("restarted");
    view.className = "jupyter-widgets";
    model.emit("comm_live_update");
    expect(frontEnd.gone()).toBe("");
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it("tells nothing of a view that was taken off the page", () => {
    const { model, view, frontEnd } = watch(undefined);
    view.className = "jupyter-widgets-disconnected";
    view.remove();
    model.emit("comm_live_update");
    expect(frontEnd.gone()).toBe("");
  });
});

it.each([undefined, null, 3, {}, { kernel: 1, notebook: "x" }, { kernel: { status: {} } }])(
  "a front end that is another tells nothing: %j",
  (manager) => {
    const { frontEnd } = watch(manager);
    expect([frontEnd.gone(), frontEnd.cut(), frontEnd.busy()]).toEqual(["", false, false]);
    frontEnd.close();
  },
);
