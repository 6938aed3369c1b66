/**
 * Asks for the details of a connection in such a way that no other client of the kernel can read
 * them: each client receives all that a kernel sends, while a request goes to the kernel alone. So a
 * view makes a key and sends the public half of it; colabwidget/kernel/sealing.py seals for that.
 */
import { CURVES, type CannotSealMessage, type Curve, type SealedMessage } from "../wire/protocol";
import type { PageMessage } from "../wire/page-messages";

/** Why nothing can be sealed for a view: the page, the browser or the kernel does not allow it. */
export type Unsealed = "page" | "browser" | "kernel";

/** How the details of one view are asked for. */
export interface Asker {
  /** Asks with the view's key; without one only where a click has asked. */
  ask(): void;
  /** A click: asks once for details that every client of the kernel can read. */
  askInClear(): void;
  /** They have come. */
  settle(): void;
  /** An answer of the kernel to this view. */
  take(message: SealedMessage | CannotSealMessage, data: Uint8Array<ArrayBuffer>): void;
}

interface Port {
  /** Names the view. */
  view: string;
  send(message: PageMessage): void;
  /** Gets a message that was sealed. */
  receive(content: unknown): void;
  /** Gets the reason once it is known that nothing can be sealed. */
  unsealed(reason: Unsealed): void;
}

export type MakeAsker = (port: Port) => Asker;

interface Key {
  curve: Curve;
  /** Its public half, in base64. */
  point: string;
  open(message: SealedMessage, data: Uint8Array<ArrayBuffer>): Promise<unknown>;
}

const PURPOSE = "colabwidget sealed message 1";
/** Bytes. */
const KEY = 32;
const NONCE = 12;

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text).slice();

/** A key that this view alone has: its private half cannot be read, not even by this page. */
export async function makeKey(view: string, curve: Curve): Promise<Key> {
  const { subtle } = crypto;
  const exchange = curve === "P-256" ? { name: "ECDH", namedCurve: curve } : { name: curve };
  const pair = (await subtle.generateKey(exchange, false, ["deriveBits"])) as CryptoKeyPair;
  const ours = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  return {
    curve,
    point: btoa(String.fromCharCode(...ours)),
    async open({ point, serial }, data) {
      const theirs = Uint8Array.from(atob(point), (each) => each.charCodeAt(0));
      const half = await subtle.importKey("raw", theirs, exchange, false, []);
      const agreed = { name: exchange.name, public: half };
      const secret = await subtle.deriveBits(agreed, pair.privateKey, 256);
      const info = new Uint8Array([...bytes(`${PURPOSE} ${curve} ${view} `), ...theirs, ...ours]);
      const derived = await subtle.deriveBits(
        { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
        await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]),
        8 * (KEY + NONCE),
      );
      const text = await subtle.decrypt(
        { name: "AES-GCM", iv: derived.slice(KEY), additionalData: bytes(`${view} ${serial}`) },
        await subtle.importKey("raw", derived.slice(0, KEY), "AES-GCM", false, ["decrypt"]),
        data,
      );
      return { ...JSON.parse(new TextDecoder().decode(text)), serial };
    },
  };
}

export const makeAsker: MakeAsker = ({ view, send, receive, unsealed }) => {
  const curves = [...CURVES];
  let key: Key | undefined;
  let clicked = false;

  const reveal = (curve: Curve | "", point: string): void =>
    send({ type: "reveal", view, curve, point });
  const ask = (): void => {
    if (key) reveal(key.curve, key.point);
    else if (clicked) reveal("", "");
  };
  /** Goes on with the next curve; what cannot be read with one may be with another. */
  const next = async (): Promise<void> => {
    key = undefined;
    const curve = curves.shift();
    // Only secure contexts have it, whatever their types say.
    if (!(crypto.subtle as SubtleCrypto | undefined)) return unsealed("page");
    if (!curve) return unsealed("browser");
    try {
      key = await makeKey(view, curve);
    } catch {
      return next();
    }
    ask();
  };
  void next();
  return {
    ask,
    askInClear() {
      clicked = true;
      ask();
    },
    settle: () => void (clicked = false),
    take(message, data) {
      if (message.curve !== key?.curve) return;
      if (message.type === "sealed") key.open(message, data).then(receive, next);
      else if (message.reason === "key") void next();
      else {
        key = undefined;
        unsealed("kernel");
      }
    },
  };
};
