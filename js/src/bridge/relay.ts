/**
 * Asks and opens places of the notebook's server for a program on the user's computer. Messages are
 * those of colabwidget/through/bridge/page.py: a number as four bytes, what it is, and the rest.
 */
import { mayAsk, mayOpen } from "./places";

const ASK = 1;
const ANSWER = 2;
const OPEN = 3;
const OPENED = 4;
const OF_TEXT = 5;
const OF_BYTES = 6;
const CLOSE = 7;
const HEAD = 5;
/** Characters of an answer. */
const TEXT_MAX = 4 * 1024 * 1024;

interface Request {
  method?: string;
  place?: string;
  body?: string;
  protocol?: string;
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text).slice();
const decode = (data: Uint8Array): string => new TextDecoder().decode(data);

const parse = (data: Uint8Array): Request => {
  try {
    return Object(JSON.parse(decode(data))) as Request;
  } catch {
    return {};
  }
};

/**
 * Serve a program until its connection is closed.
 *
 * @param base the server's base_url
 */
export class Relay {
  readonly #open = new Map<number, WebSocket>();

  constructor(
    private readonly program: WebSocket,
    private readonly base: URL,
  ) {}

  /** Takes a message of the program's. */
  take(message: ArrayBuffer): void {
    if (message.byteLength < HEAD) return;
    const view = new DataView(message);
    const number = view.getUint32(0);
    const rest = new Uint8Array(message, HEAD);
    switch (view.getUint8(4)) {
      case ASK:
        return void this.#ask(number, parse(rest));
      case OPEN:
        return this.#connect(number, parse(rest));
      case CLOSE:
        this.#open.get(number)?.close();
        return void this.#open.delete(number);
      case OF_TEXT:
        return this.#open.get(number)?.send(decode(rest));
      case OF_BYTES:
        return this.#open.get(number)?.send(rest);
    }
  }

  close(): void {
    for (const each of this.#open.values()) each.close();
    this.#open.clear();
  }

  async #ask(number: number, { method = "", place = "", body }: Request): Promise<void> {
    const answer = mayAsk(method, place) ? await this.#fetched(method, place, body) : [403, ""];
    this.#answer(number, answer as [number, string]);
  }

  #answer(number: number, [status, text]: [number, string]): void {
    this.#send(number, ANSWER, encode(JSON.stringify({ status, text })));
  }

  async #fetched(method: string, place: string, body = ""): Promise<[number, string]> {
    // As JupyterLab does: who is signed in by a cookie has to say so.
    const word = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    try {
      const answer = await fetch(new URL(place, this.base), {
        method,
        body: method === "POST" ? body : null,
        redirect: "manual",
        cache: "no-store",
        headers: {
          "Content-Type": "application/json",
          ...(word && { "X-XSRFToken": word }),
        },
      });
      // Where it leads is not told.
      if (answer.type === "opaqueredirect") return [302, ""];
      return [answer.status, (await answer.text()).slice(0, TEXT_MAX)];
    } catch {
      return [502, ""];
    }
  }

  #connect(number: number, { place = "", protocol }: Request): void {
    if (!mayOpen(place)) return this.#answer(number, [403, ""]);
    const at = new URL(place, this.base);
    at.protocol = at.protocol.replace("http", "ws");
    const socket = new WebSocket(at, protocol || []);
    let opened = false;
    socket.binaryType = "arraybuffer";
    this.#open.set(number, socket);
    socket.onopen = () => {
      opened = true;
      this.#send(number, OPENED, encode(socket.protocol));
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      typeof data === "string"
        ? this.#send(number, OF_TEXT, encode(data))
        : this.#send(number, OF_BYTES, new Uint8Array(data));
    socket.onclose = () => {
      this.#open.delete(number);
      if (opened) this.#send(number, CLOSE);
      else void this.#why(number, place);
    };
  }

  /** A browser does not tell why no WebSocket was opened: a request to the same place does. */
  async #why(number: number, place: string): Promise<void> {
    const [status] = await this.#fetched("GET", place);
    this.#answer(number, [status < 300 || status === 400 ? 502 : status, ""]);
  }

  #send(number: number, what: number, rest = new Uint8Array(0)): void {
    if (this.program.readyState !== WebSocket.OPEN) return;
    const message = new Uint8Array(HEAD + rest.length);
    new DataView(message.buffer).setUint32(0, number);
    message[4] = what;
    message.set(rest, HEAD);
    this.program.send(message);
  }
}
