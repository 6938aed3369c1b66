/** How much of a file is on the other side already: the blocks whose hashes are the same. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Answer } from "./link";

/** The SHA-256 of a block; a page that does not come over HTTPS has none of the browser's. */
async function hashOf(bytes: ArrayBuffer): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle) return bytesToHex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
  // It takes about as long as a few frames; the page draws in between.
  await new Promise((resolve) => setTimeout(resolve));
  return bytesToHex(sha256(new Uint8Array(bytes)));
}

/**
 * Bytes from the beginning that are the same on both sides.
 *
 * @param told called with the bytes that were compared
 */
export async function matching(
  file: Blob,
  { at, block, hashes }: Answer,
  told: (bytes: number) => void,
): Promise<number> {
  if (block <= 0) return 0;
  let same = 0;
  for (const hash of hashes) {
    const end = same + block;
    if (end > Math.min(at, file.size)) break;
    const bytes = await file.slice(same, end).arrayBuffer();
    if ((await hashOf(bytes)) !== hash) break;
    told((same = end));
  }
  return same;
}
