/// <reference path="../../src/desktop/novnc.d.ts" />
import type RFB from "@novnc/novnc";
import type { H264Context } from "@novnc/novnc";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { filmOf } from "../../src/desktop/film";
import { frame } from "../../src/viewer/frame";

const H264 = 50;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const encodings = (...kinds: number[]): Uint8Array => {
  const data = new Uint8Array(4 + 4 * kinds.length);
  const words = new DataView(data.buffer);
  words.setUint8(0, 2);
  words.setUint16(2, kinds.length);
  kinds.forEach((kind, at) => words.setInt32(4 + 4 * at, kind));
  return data;
};

/** As noVNC's, with a decoder that answers what the test says. */
const novnc = () => {
  const pending = { ready: false };
  const decoder = { state: "configured", close: vi.fn(), flush: () => Promise.resolve() };
  const context = {
    _decoder: decoder as unknown as VideoDecoder,
    decode: vi.fn((): { ready: boolean } | null => pending),
    _handleFrame: vi.fn(),
    _handleError: (): void => {
      throw new Error("noVNC throws it where nothing hears it");
    },
  };
  const contexts: Record<string, H264Context> = {};
  const all = {
    _contexts: contexts,
    _createContext: (): H264Context => (contexts["0,0,64,64"] = context),
    _resetAllContexts: vi.fn(),
  };
  const rfb = { _decoders: { [H264]: all }, _sendEncodings: vi.fn() };
  return { pending, decoder, context, all, rfb: rfb as unknown as RFB };
};

const shown = (rfb: RFB) => {
  const view = frame(document.body, "Desktop");
  const reconnect = vi.fn();
  const film = filmOf(view, () => rfb, reconnect);
  film.watch(rfb);
  const button = [...document.querySelectorAll("button")].find((b) => b.textContent === "Video")!;
  const said = (): string | null => document.querySelector(".cws-note")!.textContent;
  return { film, reconnect, button, said };
};

test("The switch is shown where noVNC takes H.264, and takes it out", () => {
  const { rfb } = novnc();
  const { film, button } = shown(rfb);
  const without = encodings(7, -26, -224);
  expect(film.asked(without)).toEqual(without);
  expect(button.hidden).toBe(true);

  const all = encodings(7, H264, -26, -224);
  expect(film.asked(all)).toEqual(all);
  expect(button.hidden).toBe(false);
  expect(button.getAttribute("aria-pressed")).toBe("true");

  button.click();
  expect(rfb._sendEncodings).toHaveBeenCalledTimes(1);
  expect(film.asked(all)).toEqual(without);
  button.click();
  expect(film.asked(all)).toEqual(all);
});

test("What is no list of encodings passes as it is", () => {
  const { film, button } = shown(novnc().rfb);
  button.click();
  for (const data of [[], [2], [2, 0, 0, 9, 0, 0, 0, 50], [4, 1, 0, 0, 0, 0, 0, 50]])
    expect(film.asked(new Uint8Array(data))).toEqual(new Uint8Array(data));
});

test("A decoder that fails has the desktop connect again without H.264, once", () => {
  const { rfb, all } = novnc();
  const { film, reconnect, button, said } = shown(rfb);
  const context = all._createContext();
  context._handleError(new DOMException());
  context._handleError(new DOMException());
  vi.advanceTimersByTime(0);

  expect(said()).toContain("could not decode the video");
  expect(reconnect).toHaveBeenCalledTimes(1);
  expect(film.asked(encodings(H264, 7))).toEqual(encodings(7));
  expect(button.getAttribute("aria-pressed")).toBe("false");
});

test("A picture that noVNC refuses, or that cannot be read, is a failure too", () => {
  for (const method of ["_handleFrame", "decode"] as const) {
    const { rfb, all, context } = novnc();
    context[method].mockImplementation(() => {
      throw new Error("mismatch");
    });
    const { reconnect } = shown(rfb);
    const made = all._createContext();
    const picture = { close: vi.fn() };
    if (method === "decode") expect(made.decode(new Uint8Array())).toBeNull();
    else made._handleFrame(picture as unknown as VideoFrame);
    vi.runAllTimers();
    expect(reconnect).toHaveBeenCalledTimes(1);
    document.body.replaceChildren();
  }
});

test("A picture that does not come is a failure, one that comes is none", () => {
  const first = novnc();
  const one = shown(first.rfb);
  first.all._createContext().decode(new Uint8Array());
  vi.advanceTimersByTime(2900);
  expect(one.reconnect).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect(one.reconnect).toHaveBeenCalledTimes(1);

  const second = novnc();
  const other = shown(second.rfb);
  second.all._createContext().decode(new Uint8Array());
  second.pending.ready = true;
  vi.runAllTimers();
  expect(other.reconnect).not.toHaveBeenCalled();
});

test("Decoders are closed once what they have in work is shown, and at the end", async () => {
  vi.useRealTimers();
  const { rfb, all, decoder } = novnc();
  const { film } = shown(rfb);
  all._createContext();
  film.release(rfb);
  expect(decoder.close).toHaveBeenCalledTimes(1);

  all._resetAllContexts();
  await Promise.resolve();
  await Promise.resolve();
  expect(decoder.close).toHaveBeenCalledTimes(2);
});
