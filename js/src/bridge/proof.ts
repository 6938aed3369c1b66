/** Page and local program prove to each other that they have the code, which never travels. */

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text).slice();
const hex = (data: Uint8Array): string =>
  [...data].map((each) => each.toString(16).padStart(2, "0")).join("");

export const newNonce = (): string => hex(crypto.getRandomValues(new Uint8Array(16)));

type Side = "program" | "page";
export interface Prover {
  make(of: Side, ours: string, theirs: string): Promise<string>;
  holds(of: Side, ours: string, theirs: string, shown: string): Promise<boolean>;
}

/** Makes and looks at proofs by a secret; `ours` is the page's number, `theirs` the program's. */
export async function prover(secret: string): Promise<Prover> {
  const hash = { name: "HMAC", hash: "SHA-256" };
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", bytes(secret), hash, false, ["sign", "verify"]);
  const text = (of: Side, ours: string, theirs: string): Uint8Array<ArrayBuffer> =>
    bytes(`colabwidget bridge ${of} ${ours} ${theirs}`);
  return {
    async make(of, ours, theirs) {
      return hex(new Uint8Array(await subtle.sign("HMAC", key, text(of, ours, theirs))));
    },
    holds(of, ours, theirs, shown) {
      const proof = Uint8Array.from(shown.match(/[0-9a-f]{2}/g) ?? [], (each) =>
        parseInt(each, 16),
      );
      return subtle.verify("HMAC", key, proof, text(of, ours, theirs));
    },
  };
}
