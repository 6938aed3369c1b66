import { beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import desktop from "../../src/desktop/desktop";
import { turn } from "../support";

interface Socket {
  close(): void;
  onclose(event: object): void;
}

const made = vi.hoisted(() => [] as { waits: boolean; ended: number; viewOnly: boolean }[]);

// Like noVNC, it waits for the end of its socket from after it has closed it, and only once.
vi.mock("@novnc/novnc", () => ({
  default: class extends EventTarget {
    waits = false;
    ended = 0;
    viewOnly = false;

    constructor(
      _: HTMLElement,
      private readonly socket: Socket,
    ) {
      super();
      made.push(this);
      socket.onclose = () => {
        this.ended += 1;
        this.waits = false;
        this.dispatchEvent(new Event("disconnect"));
      };
    }

    disconnect(): void {
      this.socket.close();
      this.waits = true;
    }
  },
}));

// happy-dom has none.
beforeEach(() => {
  vi.stubGlobal(
    "Option",
    class {
      constructor(text: string, value: string) {
        return Object.assign(document.createElement("option"), { text, value });
      }
    },
  );
});

const shown = (): { el: HTMLElement; model: FakeModel; close: () => void } => {
  const model = new FakeModel({});
  const el = document.body.appendChild(document.createElement("div"));
  return { el, model, close: desktop({ model, el, waits: false, early: [] }) };
};

test("noVNC hears of the end of its socket once the view has gone", async () => {
  const { close } = shown();
  const rfb = made.at(-1)!;

  close();
  await turn();

  expect(rfb).toMatchObject({ waits: false, ended: 1 });
});

test("A view that goes after its stream has ended closes nothing twice", async () => {
  const { model, close } = shown();
  const rfb = made.at(-1)!;
  const [opened] = model.sent as { stream: string }[];
  model.say({ type: "closed", stream: opened!.stream, reason: "gone" });
  await turn();

  close();
  await turn();

  expect(rfb).toMatchObject({ waits: false, ended: 1 });
});

test("A desktop whose kernel was restarted says so and takes no input", () => {
  const { el, model, close } = shown();
  const rfb = made.at(-1)!;
  expect(rfb.viewOnly).toBe(false);

  el.className = "jupyter-widgets-disconnected";
  model.emit("comm_live_update");

  expect(rfb.viewOnly).toBe(true);
  expect(el.querySelector("[role=status]")!.textContent).toContain("Kernel restarted.");
  close();
});
