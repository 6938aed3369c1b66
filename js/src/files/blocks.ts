/** How much of a file is on the other side already: the blocks whose hashes are the same. */
import type { Answer } from "./link";

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Bytes from the beginning that are the same on both sides.
 *
 * Where the page can hash nothing, as it does not come over HTTPS, the file begins anew.
 *
 * @param told called with the bytes that were compared
 */
export async function matching(
  file: Blob,
  { at, block, hashes }: Answer,
  told: (bytes: number) => void,
): Promise<number> {
  const digest = globalThis.crypto?.subtle;
  if (!digest || block <= 0) return 0;
  let same = 0;
  for (const hash of hashes) {
    const end = same + block;
    if (end > Math.min(at, file.size)) break;
    const bytes = await file.slice(same, end).arrayBuffer();
    if (hex(await digest.digest("SHA-256", bytes)) !== hash) break;
    told((same = end));
  }
  return same;
}
