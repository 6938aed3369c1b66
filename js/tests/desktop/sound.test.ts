import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { soundButton } from "../../src/desktop/sound";
import { frame } from "../../src/viewer/frame";
import { turn } from "../support";

const player = vi.hoisted(() => ({
  reason: "",
  packets: [] as number[][],
  rests: 0,
  closed: 0,
}));

vi.mock("../../src/desktop/player", () => ({
  cannotPlay: () => player.reason,
  startPlayer: async () => ({
    play: (packet: Uint8Array) => player.packets.push([...packet]),
    rest: () => (player.rests += 1),
    close: () => (player.closed += 1),
  }),
}));

beforeEach(() => {
  Object.assign(player, { reason: "", packets: [], rests: 0, closed: 0 });
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

interface Sent {
  type: string;
  stream: string;
  sound?: boolean;
  install?: boolean;
  at?: number;
}

const shown = () => {
  const model = new FakeModel({});
  const el = document.body.appendChild(document.createElement("div"));
  const sound = soundButton(model, frame(el, "Desktop"));
  const button = el.querySelector("button")!;
  const note = el.querySelector("[role=status]")!;
  const sent = (type: string): Sent[] =>
    (model.sent as unknown as Sent[]).filter((each) => each.type === type);
  const say = (content: Record<string, unknown>, data: number[] = []): void =>
    model.emit("msg:custom", { stream: sent("open").at(-1)?.stream, ...content }, [
      new Uint8Array(data),
    ]);
  const press = async (): Promise<void> => {
    button.click();
    await vi.advanceTimersByTimeAsync(0);
  };
  const pressed = (): boolean => button.getAttribute("aria-pressed") === "true";
  return { model, sound, note, sent, say, press, pressed };
};

const packet = (...data: number[]): number[] => [1, 0, data.length, ...data];
const SILENCE = [0, 0, 0];

test("Nothing is asked for until the button is pressed; mute ends it", async () => {
  const { model, sent, press, pressed } = shown();
  expect([model.sent.length, model.listening, pressed()]).toEqual([0, 0, false]);

  await press();
  expect(sent("open")).toMatchObject([{ sound: true, install: false }]);
  expect(pressed()).toBe(true);

  await press();
  expect(sent("close")).toMatchObject([{ stream: sent("open")[0]!.stream }]);
  expect([player.closed, model.listening, pressed()]).toEqual([1, 0, false]);
});

test("Packets are played in order and once, and acknowledged", async () => {
  const { say, sent, press } = shown();
  await press();
  say({ type: "sound", at: 0 }, [...packet(7, 8), ...packet(9)]);
  say({ type: "sound", at: 0 }, packet(7));
  say({ type: "sound", at: 3 }, [...packet(5), ...SILENCE]);
  say({ type: "sound", at: 2 }, packet(6));
  expect([player.packets, player.rests]).toEqual([[[7, 8], [9], [5]], 1]);
  expect(sent("took")).toMatchObject([{ at: 4 }]);

  say({ type: "sound", at: 4 }, packet(1));
  expect(sent("took").length).toBe(1);
  await vi.advanceTimersByTimeAsync(250);
  // The kernel asks whether the page is there.
  say({ type: "sound", at: 5 });
  expect(sent("took").map(({ at }) => at)).toEqual([4, 5, 6]);
});

test("A frame that is cut, and messages that are none, do no harm", async () => {
  const { say, press } = shown();
  await press();
  for (const data of [[1], [1, 0], [1, 0, 9, 1], [1, 255, 255], [7, 0, 1, 1]])
    say({ type: "sound", at: 0 }, data);
  for (const content of [{ at: "no" }, { type: 5 }, { type: "failed", error: 7 }, {}]) say(content);
  expect(player.packets).toEqual([]);
});

test("What is missing is named, and installed when that is agreed to", async () => {
  const { say, sent, note, press, pressed } = shown();
  await press();
  const error = { code: "sound_missing", title: "T.", cause: "Sound needs x: up to 9 MB." };
  say({ type: "failed", error });
  expect(pressed()).toBe(false);
  expect(note.textContent).toContain("Sound needs x: up to 9 MB. Install");

  note.querySelector("button")!.click();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent("open").at(-1)).toMatchObject({ install: true });
  say({ type: "progress", text: "unpacking x", share: 0.5 });
  expect(note.textContent).toContain("Sound: unpacking x (50 %)");
  say({ type: "opened" });
  expect([note.textContent!.trim(), pressed()]).toEqual(["", true]);
});

test.each([
  [
    { type: "failed", error: { code: "sound_failed", title: "No.", cause: "It ended." } },
    "No. It ended.",
  ],
  [
    { type: "failed", error: { code: "no_desktop", title: "", cause: "" } },
    "the desktop is not there",
  ],
  [{ type: "closed", reason: "ended" }, "ended with the desktop"],
])("What ends it is said: %o", async (content, text) => {
  const { say, note, press, pressed } = shown();
  await press();
  say(content);
  expect(note.textContent).toContain(text);
  expect([pressed(), player.closed]).toEqual([false, 1]);
});

test("A page that can play nothing says why", async () => {
  player.reason = "No sound: no decoder.";
  const { note, press, pressed, model } = shown();
  await press();
  expect(note.textContent).toContain("No sound: no decoder.");
  expect([pressed(), model.sent.length]).toEqual([false, 0]);
});

test("A stream that is lost begins again, and one that was not heard of is asked for again", async () => {
  const { say, sent, press, pressed } = shown();
  await press();
  await vi.advanceTimersByTimeAsync(1600);
  expect(new Set(sent("open").map(({ stream }) => stream)).size).toBe(1);
  expect(sent("open").length).toBe(2);

  say({ type: "opened" });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(new Set(sent("open").map(({ stream }) => stream)).size).toBe(2);
  say({ type: "closed", reason: "silent" });
  expect(new Set(sent("open").map(({ stream }) => stream)).size).toBe(3);
  expect([pressed(), player.closed]).toEqual([true, 0]);
});

test("Muted before it has begun, it does not begin", async () => {
  const { sound, model, press } = shown();
  const pressing = press();
  sound.close();
  await pressing;
  await turn();
  expect([player.closed, model.sent.length]).toEqual([1, 0]);
});
