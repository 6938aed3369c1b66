import type RFB from "@novnc/novnc";
import type { H264Context } from "@novnc/novnc";
import type { Frame } from "../viewer/frame";

const H264 = 50;
const SET_ENCODINGS = 2;
/** Milliseconds in which a picture has to be decoded; counted twice, as a computer may sleep. */
const PATIENCE = 1500;

export interface Film {
  /** What the kernel gets of a message of noVNC's: H.264 is asked for only where it is wanted. */
  asked(data: Uint8Array): Uint8Array;
  /** Look after its decoders: noVNC's picture stands still for ever where one of them fails. */
  watch(rfb: RFB): void;
  /** Give back its decoders. */
  release(rfb: RFB): void;
}

/**
 * H.264 for what moves.
 *
 * @param view where its switch is, shown once noVNC has found that the browser decodes H.264
 * @param reconnect begins anew, after a decoder has failed
 */
export function filmOf(view: Frame, current: () => RFB | null, reconnect: () => void): Film {
  let wanted = true;
  const set = (on: boolean): void => {
    wanted = on;
    button.setAttribute("aria-pressed", String(on));
  };
  const button = view.toggle("Video", "What moves comes as video (H.264)", (on) => {
    wanted = on;
    current()?._sendEncodings?.();
  });
  button.hidden = true;
  set(true);

  const failed = (rfb: RFB): void => {
    if (rfb !== current() || !wanted) return;
    set(false);
    // noVNC may be in the middle of a message.
    setTimeout(() => {
      if (rfb !== current()) return;
      reconnect();
      view.showNotice("The browser could not decode the video. Pictures are sent instead.");
    });
  };
  const close = ({ _decoder: decoder }: H264Context): void => {
    if (decoder?.state === "configured") decoder.close();
  };

  return {
    asked(data) {
      if (data[0] !== SET_ENCODINGS || data.length < 4) return data;
      const words = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const count = words.getUint16(2);
      if (data.length < 4 + 4 * count) return data;
      const kinds = Array.from({ length: count }, (_, at) => words.getInt32(4 + 4 * at));
      if (!kinds.includes(H264)) return data;
      button.hidden = false;
      if (wanted) return data;
      const kept = kinds.filter((kind) => kind !== H264);
      const head = data.slice(0, 4 + 4 * kept.length);
      const written = new DataView(head.buffer);
      written.setUint16(2, kept.length);
      kept.forEach((kind, at) => written.setInt32(4 + 4 * at, kind));
      return head;
    },
    watch(rfb) {
      const all = rfb._decoders?.[H264];
      if (!all) return;
      const create = all._createContext.bind(all);
      all._createContext = (...place) => {
        const context = create(...place);
        const [decode, show] = [context.decode.bind(context), context._handleFrame.bind(context)];
        context._handleError = () => failed(rfb);
        context._handleFrame = (frame) => {
          try {
            show(frame);
          } catch {
            frame.close();
            failed(rfb);
          }
        };
        context.decode = (payload) => {
          try {
            const pending = decode(payload);
            const look = (): void => void (pending?.ready || failed(rfb));
            if (pending) setTimeout(() => pending.ready || setTimeout(look, PATIENCE), PATIENCE);
            return pending;
          } catch {
            failed(rfb);
            return null;
          }
        };
        return context;
      };
      const reset = all._resetAllContexts.bind(all);
      all._resetAllContexts = () => {
        // What they have in work is still to be shown.
        for (const each of Object.values(all._contexts))
          each._decoder?.flush().then(
            () => close(each),
            () => undefined,
          );
        reset();
      };
    },
    release(rfb) {
      Object.values(rfb._decoders?.[H264]?._contexts ?? {}).forEach(close);
    },
  };
}
