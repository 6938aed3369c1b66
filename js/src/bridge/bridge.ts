/** The connection of this page with a program on the user's computer: one for all its cards. */
import { baseUrl } from "../dom/server";
import { localNetwork } from "./permission";
import { newNonce, prover } from "./proof";
import { Relay } from "./relay";

export type State = "off" | "connecting" | "asked" | "on";

const CODE = /^\s*(\d{1,5})-([0-9a-f]{32})\s*$/;
/** Milliseconds after which the browser has most likely asked the user. */
const ASKS_AFTER = 1500;
/** Milliseconds that the program has for its word. */
const PROVES_WITHIN = 10_000;

export const WORDS = {
  code: "This is no code of the bridge: copy all of it from the program on your computer.",
  page: "This page is none of a notebook server's, so it can be no bridge.",
  insecure: "A browser lets a page be a bridge by https only, or on this computer.",
  forbidden: "The server forbids its pages to connect elsewhere (Content-Security-Policy).",
  refused:
    "The browser refuses this page your computer's own network: allow “Local network access” in the settings of this site.",
  nothing:
    "Nothing answers there: the program runs on this computer, and the code is the one that it shows now. Safari may refuse an https page.",
  other: "What answers there does not have this code: copy the one that the program shows now.",
  gone: "The program on your computer has ended, or another page is the bridge now.",
};

class Refusal extends Error {}

let state: State = "off";
let trouble = "";
let socket: WebSocket | null = null;
const followers = new Set<() => void>();

export const now = (): { state: State; trouble: string } => ({ state, trouble });

/** Calls `changed` at each change, until what is returned is called. */
export function follow(changed: () => void): () => void {
  followers.add(changed);
  return () => void followers.delete(changed);
}

function say(next: State, why = ""): void {
  state = next;
  trouble = why;
  for (const each of followers) each();
}

export function stop(): void {
  const old = socket;
  socket = null;
  old?.close();
  say("off");
}

/** Connects with the program whose code was pasted. */
export async function start(code: string): Promise<void> {
  stop();
  const base = baseUrl();
  const [, port, secret] = CODE.exec(code) ?? [];
  if (base === null) return say("off", WORDS.page);
  if (!isSecureContext) return say("off", WORDS.insecure);
  if (!port || !secret || Number(port) > 65_535) return say("off", WORDS.code);
  say("connecting");
  const made = new WebSocket(`ws://127.0.0.1:${port}/page`);
  made.binaryType = "arraybuffer";
  socket = made;
  const asks = setTimeout(() => {
    void localNetwork().then((is) => is === "prompt" && state === "connecting" && say("asked"));
  }, ASKS_AFTER);
  try {
    await opened(made);
    clearTimeout(asks);
    await prove(made, secret);
    const relay = new Relay(made, new URL(base, location.href));
    made.onmessage = ({ data }) => data instanceof ArrayBuffer && relay.take(data);
    made.onclose = () => {
      relay.close();
      if (socket === made) say("off", WORDS.gone);
    };
    if (socket === made) say("on");
  } catch (error) {
    clearTimeout(asks);
    made.close();
    if (socket === made) say("off", error instanceof Refusal ? error.message : WORDS.nothing);
  }
}

async function opened(made: WebSocket): Promise<void> {
  let forbidden = false;
  const see = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
    forbidden ||= blockedURI.startsWith("ws://127.0.0.1");
  };
  document.addEventListener("securitypolicyviolation", see);
  const came = await new Promise<boolean>((resolve) => {
    made.onopen = () => resolve(true);
    // The violation may be told after it.
    made.onclose = made.onerror = () => setTimeout(resolve, 0, false);
  });
  document.removeEventListener("securitypolicyviolation", see);
  if (came) return;
  if (forbidden) throw new Refusal(WORDS.forbidden);
  throw new Refusal((await localNetwork()) === "denied" ? WORDS.refused : WORDS.nothing);
}

/** Sees that the program has the code, before it is told anything; and shows that this page has it. */
async function prove(made: WebSocket, secret: string): Promise<void> {
  const proofs = await prover(secret);
  const ours = newNonce();
  made.send(JSON.stringify({ nonce: ours }));
  const { nonce, proof } = await said(made);
  const isOurs = /^[0-9a-f]{32}$/.test(nonce ?? "");
  if (!isOurs || !(await proofs.holds("program", ours, nonce!, proof ?? "")))
    throw new Refusal(WORDS.other);
  made.send(JSON.stringify({ proof: await proofs.make("page", ours, nonce!) }));
  await said(made);
}

/** The next message, which is a table. */
const said = (made: WebSocket): Promise<{ nonce?: string; proof?: string }> =>
  new Promise((resolve, reject) => {
    const fail = (): void => reject(new Refusal(WORDS.other));
    const late = setTimeout(fail, PROVES_WITHIN);
    made.onclose = fail;
    made.onmessage = ({ data }) => {
      clearTimeout(late);
      try {
        const found: unknown = JSON.parse(String(data));
        resolve(Object(found) as object);
      } catch {
        fail();
      }
    };
  });
