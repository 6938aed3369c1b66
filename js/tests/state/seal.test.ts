import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Asker, makeAsker, makeKey, type Unsealed } from "../../src/state/seal";
import type { PageMessage } from "../../src/wire/page-messages";
import type { Curve, SealedMessage } from "../../src/wire/protocol";

const CURVES: Curve[] = ["X25519", "P-256"];
const SECRET = {
  type: "details",
  view: "v",
  epoch: "e",
  details: { password: "kP7mWx3RtQ9zVbN4" },
};
const { subtle } = globalThis.crypto;
const utf8 = new TextEncoder();

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const toBase64 = (data: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(data)));

/** What a kernel sends for a key; the same as colabwidget/kernel/sealing.py does. */
async function seal(view: string, curve: Curve, point: string, serial = 7) {
  const exchange = curve === "P-256" ? { name: "ECDH", namedCurve: curve } : { name: curve };
  const pair = (await subtle.generateKey(exchange, true, ["deriveBits"])) as CryptoKeyPair;
  const ours = await subtle.exportKey("raw", pair.publicKey);
  const theirs = fromBase64(point);
  const half = await subtle.importKey("raw", theirs, exchange, true, []);
  const agreed = { name: exchange.name, public: half };
  const secret = await subtle.deriveBits(agreed, pair.privateKey, 256);
  const purpose = utf8.encode(`colabwidget sealed message 1 ${curve} ${view} `);
  const info = new Uint8Array([...purpose, ...new Uint8Array(ours), ...theirs]);
  const derived = await subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]),
    352,
  );
  const key = await subtle.importKey("raw", derived.slice(0, 32), "AES-GCM", false, ["encrypt"]);
  const additionalData = utf8.encode(`${view} ${serial}`);
  const text = utf8.encode(JSON.stringify(SECRET));
  const iv = derived.slice(32);
  const data = await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, text);
  const message: SealedMessage = { type: "sealed", serial, view, curve, point: toBase64(ours) };
  return { message, data: new Uint8Array(data) };
}

describe.each(CURVES)("a key on %s", (curve) => {
  it("opens what was sealed for it, with its number", async () => {
    const key = await makeKey("v", curve);
    const { message, data } = await seal("v", curve, key.point);
    expect(await key.open(message, data)).toEqual({ ...SECRET, serial: 7 });
  });

  it("opens nothing that was sealed for another view or key, or was changed", async () => {
    const key = await makeKey("v", curve);
    const other = await makeKey("v", curve);
    const sealed = await seal("v", curve, key.point);
    const { message, data } = sealed;
    await expect(other.open(message, data)).rejects.toThrow();
    await expect(key.open({ ...message, serial: 8 }, data)).rejects.toThrow();
    await expect(key.open({ ...message, point: "AAAA" }, data)).rejects.toThrow();
    await expect(key.open({ ...message, point: "?" }, data)).rejects.toThrow();
    const foreign = await seal("w", curve, key.point);
    await expect(key.open(foreign.message, foreign.data)).rejects.toThrow();
    data[0]! ^= 1;
    await expect(key.open(message, data)).rejects.toThrow();
  });
});

describe("a view", () => {
  let sent: Extract<PageMessage, { type: "reveal" }>[];
  let reasons: Unsealed[];
  let received: unknown[];
  let asker: Asker;

  const start = (): void => {
    asker = makeAsker({
      view: "v",
      send: (message) => void (message.type === "reveal" && sent.push(message)),
      receive: (content) => void received.push(content),
      unsealed: (reason) => void reasons.push(reason),
    });
  };
  const refuse = (reason: "key" | "library", curve: string): void =>
    asker.take({ type: "cannot_seal", serial: 1, view: "v", curve, reason }, new Uint8Array());

  beforeEach(() => {
    [sent, reasons, received] = [[], [], []];
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("asks as soon as it has a key, and reads the answer", async () => {
    start();
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    asker.ask();
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[0]).toMatchObject({ type: "reveal", view: "v", curve: "X25519" });
    const { message, data } = await seal("v", "X25519", sent[0]!.point);
    asker.take(message, data);
    await vi.waitFor(() => expect(received).toEqual([{ ...SECRET, serial: 7 }]));
    expect(reasons).toEqual([]);
  });

  it("has a key that no other view has, and that leaves no page", async () => {
    start();
    start();
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[0]!.point).not.toBe(sent[1]!.point);
    const generate = vi.spyOn(subtle, "generateKey");
    await makeKey("v", "P-256");
    expect(generate.mock.calls[0]![1]).toBe(false);
    generate.mockRestore();
  });

  it("takes the next curve where the browser, or the kernel, has not the first", async () => {
    const generate = vi.spyOn(subtle, "generateKey").mockRejectedValueOnce(new Error("unknown"));
    start();
    await vi.waitFor(() => expect(sent).toMatchObject([{ curve: "P-256" }]));
    generate.mockRestore();
    refuse("key", "X25519"); // late, and no more of interest
    refuse("key", "P-256");
    await vi.waitFor(() => expect(reasons).toEqual(["browser"]));
  });

  it("takes the next curve for what it cannot read", async () => {
    start();
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    const { message } = await seal("v", "X25519", sent[0]!.point);
    asker.take(message, new Uint8Array(3));
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ curve: "P-256" });
    expect(received).toEqual([]);
  });

  it.each([
    ["the page is no secure context", "page"],
    ["the kernel lacks the library", "kernel"],
  ] as const)("asks for what all can read by a click only, where %s", async (_, why) => {
    if (why === "page") vi.stubGlobal("crypto", { getRandomValues: () => undefined });
    start();
    if (why === "kernel") {
      await vi.waitFor(() => expect(sent).toHaveLength(1));
      refuse("library", "X25519");
    }
    await vi.waitFor(() => expect(reasons).toEqual([why]));
    const before = sent.length;
    for (let i = 0; i < 3; i++) asker.ask();
    expect(sent).toHaveLength(before);
    asker.askInClear();
    asker.ask(); // what was asked for may have been lost
    const asked = { type: "reveal", view: "v", curve: "", point: "" };
    expect(sent.slice(before)).toEqual([asked, asked]);
    asker.settle();
    asker.ask();
    expect(sent).toHaveLength(before + 2);
  });
});
