import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { frame } from "../../src/viewer/frame";
import { type KernelWatch, watchKernel } from "../../src/viewer/kernel-watch";

interface Seen {
  model: FakeModel;
  el: HTMLElement;
  root: HTMLElement;
  watch: KernelWatch;
  /** The sentence beside the bar. */
  note(): string;
  /** How often the kernel was asked. */
  asked(): number;
  /** The front end's word that the last message was handled. */
  handled(): void;
  /** What the kernel answers to a question. */
  answer(began?: number): void;
}

const opened: (() => void)[] = [];

function shown({ waits = false, manager = {} as unknown } = {}): Seen {
  const model = Object.assign(new FakeModel({}), { widget_manager: manager });
  const el = document.body.appendChild(document.createElement("div"));
  const view = frame(el, "Terminal");
  const watch = watchKernel(model, el, waits, view.kernel);
  opened.push(() => {
    watch.close();
    view.close();
    el.remove();
  });
  return {
    model,
    el,
    root: view.root,
    watch,
    note: () => el.querySelector("[data-testid=stream-say]")!.textContent!.trim(),
    asked: () => model.sent.filter(({ type }) => type === "ready").length,
    handled() {
      const { iopub } = model.callbacks as { iopub: { status: (message: unknown) => void } };
      iopub.status({ header: { msg_type: "status" }, content: { execution_state: "idle" } });
    },
    answer: (began = 1) => model.say({ type: "hello", kernel: { place: "k", began } }),
  };
}

/** A view whose kernel has opened its stream and has said which one it is. */
function live(options: Parameters<typeof shown>[0] = {}): Seen {
  const seen = shown(options);
  seen.model.say({ type: "opened", stream: "s" });
  seen.answer();
  return seen;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  opened.splice(0).forEach((close) => close());
  vi.useRealTimers();
});

describe("the bar of a stream whose kernel was restarted", () => {
  it("says so at once where the notebook tells, and is off", () => {
    const { el, model, note, root } = live();
    el.className = "jupyter-widgets-disconnected";
    model.emit("comm_live_update");
    expect(note()).toMatch(/^Kernel restarted\. What is shown here goes on: run this cell again/);
    expect(root.dataset.kernel).toBe("gone");
  });

  it.each([
    ["restarting", "Kernel restarted."],
    ["autorestarting", "Kernel restarted."],
    ["dead", "Kernel ended."],
  ])("goes by the notebook's kernel: %s", (status, text) => {
    const kernel = { status: "idle", connectionStatus: "connected" };
    const { model, note } = live({ manager: { kernel } });
    expect(note()).toBe("");
    kernel.status = status;
    model.emit("comm_live_update");
    expect(note()).toContain(text);
  });

  it("says so where another view hears a newer kernel of the same name", async () => {
    vi.useRealTimers();
    const old = live();
    const other = live();
    other.answer(2);
    await vi.waitFor(() => expect(old.note()).toContain("Kernel restarted."));
    expect(other.note()).toBe("");
  });

  it("says so where a kernel handles the questions and has no answer", () => {
    const { note, watch, handled } = live();
    watch.waiting(true);
    expect(note()).toBe("Input waits for the kernel.");
    for (let i = 0; i < 3; i++) {
      handled();
      vi.advanceTimersByTime(4000);
    }
    expect(note()).toContain("Kernel restarted.");
  });

  it("has no other word and no button meanwhile, and has them again once it speaks", () => {
    const { el, model, root, answer } = live();
    const view = frame(el, "Terminal");
    view.showStatus("The shell has ended.", "New shell", () => undefined);
    view.kernel("Kernel restarted.", true);
    expect(view.root.textContent).not.toContain("New shell");
    view.kernel("", false);
    expect(view.root.textContent).toContain("The shell has ended. New shell");
    view.close();

    el.className = "jupyter-widgets-disconnected";
    model.emit("comm_live_update");
    el.className = "";
    answer();
    expect(root.dataset.kernel).toBe("");
  });
});

describe("the bar of a stream whose kernel is silent", () => {
  it("calls it silent, not restarted", () => {
    const { note, watch } = live();
    watch.waiting(true);
    vi.advanceTimersByTime(4000);
    expect(note()).toBe("Kernel not responding. If you restarted it, run this cell again.");
    watch.waiting(false);
  });

  it("does not know whether a cell runs where the kernel hears pages between cells only", () => {
    const { note, watch } = live({ waits: true });
    watch.waiting(true);
    expect(note()).toBe("Input waits for the running cell.");
    vi.advanceTimersByTime(4000);
    expect(note()).toContain("a cell keeps it busy, or you restarted it");
  });

  it("waits for a cell as long as the kernel says that one runs", () => {
    const { model, note, watch } = live({ waits: true });
    watch.waiting(true);
    for (let i = 0; i < 60; i++) {
      model.say({ type: "busy", stream: "s", pause: 5 });
      vi.advanceTimersByTime(5000);
      expect(note()).toBe("Input waits for the running cell.");
    }
    vi.advanceTimersByTime(60_000);
    expect(note()).toContain("Kernel not responding");
  });

  it("waits for a cell as long as the notebook says that one runs", () => {
    const kernel = { status: "busy", connectionStatus: "connected" };
    const { note, watch } = live({ waits: true, manager: { kernel } });
    watch.waiting(true);
    vi.advanceTimersByTime(600_000);
    expect(note()).toBe("Input waits for the running cell.");
  });

  it("is no kernel's fault where the kernel answers and the input waits", () => {
    const { answer, note, watch } = live();
    watch.waiting(true);
    for (let i = 0; i < 30; i++) {
      answer();
      vi.advanceTimersByTime(20_000);
      expect(note()).toBe("Input waits: what is shown here takes none at the moment.");
    }
    watch.waiting(false);
    expect(note()).toBe("");
  });

  it("has lost the server, not the kernel, where the notebook says that", () => {
    const kernel = { status: "unknown", connectionStatus: "connecting" };
    const { model, note } = live({ manager: { kernel } });
    model.emit("comm_live_update");
    expect(note()).toMatch(/^No connection to the notebook server\./);
    kernel.connectionStatus = "connected";
    model.emit("comm_live_update");
    model.say({ type: "data", stream: "s" });
    expect(note()).toBe("");
  });
});

describe("a kernel at rest", () => {
  it("is asked once when it has spoken, and then when its user looks after a while", () => {
    const { asked, el } = live();
    expect(asked()).toBe(1);
    vi.advanceTimersByTime(600_000);
    expect(asked()).toBe(1);
    el.dispatchEvent(new Event("pointerenter"));
    expect(asked()).toBe(2);
  });

  it("is asked nothing by a view that has ended", () => {
    const { asked, el, model, watch } = live();
    watch.close();
    vi.advanceTimersByTime(600_000);
    el.dispatchEvent(new Event("pointerenter"));
    expect(asked()).toBe(1);
    expect(model.listening).toBe(0);
  });

  it("that cannot be sent to is silent", () => {
    const seen = shown();
    seen.model.send = () => {
      throw new Error("gone");
    };
    seen.el.dispatchEvent(new Event("pointerenter"));
    vi.advanceTimersByTime(4000);
    expect(seen.note()).toContain("Kernel not responding");
  });

  it.each([null, 7, "hello", {}, { kernel: 3, pause: "5" }, { kernel: { place: 1 } }])(
    "is not found out by what is no message: %j",
    (content) => {
      const { model, note } = live();
      model.emit("msg:custom", content, []);
      expect(note()).toBe("");
    },
  );
});
