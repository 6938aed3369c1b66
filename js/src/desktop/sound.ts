/** The sound of the desktop's programs: off until its button is pressed, and never sent again. */
import type { Frame } from "../viewer/frame";
import { bytesOf } from "../wire/bytes";
import { fit, isObject, maybe } from "../wire/fit";
import type { Model } from "../wire/model";
import { cannotPlay, type Player, startPlayer } from "./player";

/** Kinds of frames, as `colabwidget/ipc/sound.py` has them, each before its length. */
const PACKET = 1;
const HEADER = 3; // bytes
/** Messages, or milliseconds, until the next acknowledgement. */
const ACKNOWLEDGE_EVERY = 10;
const ACKNOWLEDGE_AFTER = 200;
const ASK_AGAIN = 1500; // milliseconds
/** The kernel says something every ten seconds. */
const LOST_AFTER = 25_000;

const MESSAGE = {
  type: "",
  stream: "",
  at: 0,
  reason: "",
  text: "",
  share: maybe(0),
  error: maybe({ code: "", title: "", cause: "" }),
};

export interface Sound {
  /** Ends it: the kernel has gone, or the view has. */
  close(): void;
}

/** A button in the bar that lets the desktop be heard, and mutes it again. */
export function soundButton(model: Model, view: Frame): Sound {
  let player: Player | null = null;
  let stream = "";
  let next = 0;
  let acknowledged = 0;
  let open = false;
  let heardAt = 0;
  let timer = 0;
  let acknowledgeTimer = 0;
  let install = false;
  /** How often it was switched: what was begun before is no longer wanted. */
  let turn = 0;
  let says = false;

  /** Leaves alone what the desktop itself says there. */
  const say = (text: string, action?: string, run?: () => void): void => {
    if (text || says) view.showStatus(text, action, run);
    says = !!text;
  };
  const send = (content: Record<string, unknown>): void => {
    try {
      model.send({ ...content, stream });
    } catch {
      // The kernel is gone.
    }
  };
  const ask = (): void => send({ type: "open", sound: true, install });
  const begin = (): void => {
    stream = crypto.getRandomValues(new Uint32Array(4)).join("");
    next = acknowledged = 0;
    clearTimeout(acknowledgeTimer);
    acknowledgeTimer = 0;
    open = false;
    heardAt = performance.now();
    ask();
  };
  const watch = (): void => {
    if (!open) ask();
    else if (performance.now() - heardAt > LOST_AFTER) {
      send({ type: "close" });
      begin();
    }
  };
  /** The button is off, and what it has begun has ended. */
  const off = (text = ""): void => {
    turn += 1;
    if (stream) send({ type: "close" });
    stream = "";
    clearInterval(timer);
    clearTimeout(acknowledgeTimer);
    model.off("msg:custom", onMessage);
    player?.close();
    player = null;
    install = false;
    button.setAttribute("aria-pressed", "false");
    say("");
    if (text) view.showNotice(text);
  };
  const on = async (): Promise<void> => {
    const reason = cannotPlay();
    if (reason) return off(reason);
    const mine = (turn += 1);
    try {
      const made = await startPlayer((said) => off(`No sound: ${said}`));
      if (turn !== mine) return made.close();
      player = made;
    } catch (error) {
      return off(`No sound: ${(error as Error).message}`);
    }
    listen();
  };
  const listen = (): void => {
    model.on("msg:custom", onMessage);
    timer = setInterval(watch, ASK_AGAIN);
    begin();
  };
  const offerInstall = (text: string): void => {
    off();
    say(text, "Install", () => {
      say("");
      button.setAttribute("aria-pressed", "true");
      install = true;
      void on();
    });
  };

  const onMessage = (content: unknown, buffers: unknown): void => {
    const message = fit(MESSAGE, isObject(content) ? content : {});
    if (!stream || message.stream !== stream) return;
    heardAt = performance.now();
    if (message.type === "sound" || message.type === "opened") {
      if (!open) say("");
      open = true;
      if (message.type === "sound") hear(message.at, bytesOf(buffers));
    } else if (message.type === "progress") {
      const share = message.share === null ? "" : ` (${Math.round(message.share * 100)} %)`;
      say(`Sound: ${message.text}${share}`);
    } else if (message.type === "failed") {
      const { code, title, cause } = message.error ?? { code: "", title: "No sound.", cause: "" };
      stream = "";
      if (code === "sound_missing") offerInstall(cause);
      else off(code === "no_desktop" ? "No sound: the desktop is not there." : `${title} ${cause}`);
    } else if (message.type === "closed") {
      stream = "";
      if (message.reason === "ended") off("The sound has ended with the desktop.");
      else begin();
    }
  };
  const hear = (at: number, bytes: Uint8Array<ArrayBuffer>): void => {
    // A repetition, or one that was overtaken.
    if (at < next) return;
    next = at + 1;
    let rests = !bytes.length;
    for (let start = 0; start + HEADER <= bytes.length;) {
      const end = start + HEADER + bytes[start + 1]! * 256 + bytes[start + 2]!;
      rests = bytes[start] !== PACKET;
      if (rests) player?.rest();
      else if (end <= bytes.length) player?.play(bytes.slice(start + HEADER, end));
      start = end;
    }
    if (rests || next - acknowledged >= ACKNOWLEDGE_EVERY) acknowledge();
    else acknowledgeTimer ||= setTimeout(acknowledge, ACKNOWLEDGE_AFTER);
  };
  const acknowledge = (): void => {
    clearTimeout(acknowledgeTimer);
    acknowledgeTimer = 0;
    acknowledged = next;
    send({ type: "took", at: next });
  };
  const button = view.toggle("Sound", "Hear what programs on the desktop play", (is) => {
    if (is) void on();
    else off();
  });
  return { close: () => off() };
}
