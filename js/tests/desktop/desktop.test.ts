import { beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import desktop from "../../src/desktop/desktop";
import { turn } from "../support";

interface Socket {
  close(): void;
  onclose(event: object): void;
}

interface Fake {
  waits: boolean;
  ended: number;
  viewOnly: boolean;
  scaleViewport: boolean;
  resizeSession: boolean;
  _FBU: { x: number };
  _flushing: boolean;
  _sock: { _rQlen: number; _rQi: number };
  _handleExtendedDesktopSize(): boolean;
}

const made = vi.hoisted(() => [] as Fake[]);

// Like noVNC, it waits for the end of its socket from after it has closed it, and only once.
vi.mock("@novnc/novnc", () => ({
  default: class extends EventTarget {
    waits = false;
    ended = 0;
    viewOnly = false;
    scaleViewport = false;
    resizeSession = false;
    _FBU = { x: 0 };
    _flushing = false;
    _sock = { _rQlen: 0, _rQi: 0 };

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

    _handleExtendedDesktopSize(): boolean {
      return true;
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

test("The view that was touched last decides the size, the others scale", () => {
  const { el, close } = shown();
  const rfb = made.at(-1)!;
  const modes = (): boolean[] => [rfb.resizeSession, rfb.scaleViewport];
  const sized = (reason: number): void => {
    rfb._FBU.x = reason;
    rfb._handleExtendedDesktopSize();
  };
  const note = el.querySelector("[role=status]")!;
  const size = el.querySelector<HTMLSelectElement>("[aria-label=Size]")!;

  sized(2);
  size.value = "resize";
  size.dispatchEvent(new Event("change"));
  expect(modes()).toEqual([true, false]);
  // The server's own word, and the answer to this view's.
  sized(0);
  sized(1);
  expect(modes()).toEqual([true, false]);

  sized(2);
  expect(modes()).toEqual([false, true]);
  expect(note.textContent).toContain("Another view has set the desktop's size.");
  el.querySelector("[data-testid=stream-stage]")!.dispatchEvent(
    new Event("pointerdown", { bubbles: true }),
  );
  expect(modes()).toEqual([true, false]);
  close();
});

test("A rectangle that is larger than all that may be unread is waited for", async () => {
  vi.useFakeTimers();
  const { model, close } = shown();
  const rfb = made.at(-1)!;
  const [{ stream }] = model.sent as [{ stream: string }];
  const drawn = (): unknown => model.sent.findLast((each) => each["type"] === "took")?.["at"];
  const comes = async (at: number, size: number): Promise<void> => {
    rfb._sock._rQlen += size;
    const bytes = new DataView(new ArrayBuffer(size));
    model.emit("msg:custom", { type: "data", stream, at }, [bytes]);
    await vi.advanceTimersByTimeAsync(200);
  };
  model.say({ type: "opened", stream });
  // Of 2 MiB, noVNC has nothing to draw before the last byte.
  for (let at = 0; at < 2048 * 1024; at += 256 * 1024) {
    await comes(at, 256 * 1024);
    expect(drawn()).toBe(at + 256 * 1024);
  }
  // What it does not read because it still draws is not drawn.
  rfb._flushing = true;
  await comes(2048 * 1024, 1024);
  expect(drawn()).toBe(2048 * 1024);
  rfb._flushing = false;
  await vi.advanceTimersByTimeAsync(200);
  expect(drawn()).toBe(2049 * 1024);
  close();
  vi.useRealTimers();
});

test("On a dense screen the desktop is drawn for it, until another size is chosen", () => {
  vi.stubGlobal("devicePixelRatio", 2);
  const { el, model, close } = shown();
  const rfb = made.at(-1)!;
  const told = (): unknown[] =>
    model.sent.filter(({ type }) => type === "density").map(({ percent }) => percent);
  const size = el.querySelector<HTMLSelectElement>("[aria-label=Size]")!;
  const choose = (value: string): void => {
    size.value = value;
    size.dispatchEvent(new Event("change"));
  };

  choose("sharp");
  expect([rfb.resizeSession, rfb.scaleViewport, told()]).toEqual([true, true, [200]]);
  choose("sharp");
  rfb._FBU.x = 2;
  rfb._handleExtendedDesktopSize();
  expect([rfb.resizeSession, told()]).toEqual([false, [200, 100]]);
  choose("resize");
  expect(told()).toEqual([200, 100]);
  close();
  vi.unstubAllGlobals();
});

test("A usual screen is not asked about", () => {
  const { el, close } = shown();
  const values = [...el.querySelectorAll("option")].map(({ value }) => value);
  expect(values).toEqual(["scale", "resize", "actual"]);
  close();
});
