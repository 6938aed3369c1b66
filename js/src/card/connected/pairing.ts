/** The pairing string, as it is good where this page is seen. */
import { baseUrl } from "../../dom/server";

/**
 * Return a pairing string with the server's address as this page reaches it.
 *
 * The machine knows its server by an address of its own, which may be one behind a proxy.
 *
 * @param token of the server, where the machine does not know it
 */
export function seenFromHere(pairing: string, token = ""): string {
  const base = baseUrl();
  if (base === null || !/^https?:$/.test(location.protocol)) return pairing;
  const at = new URL(base, location.href);
  if (token) at.search = `?token=${token}`;
  return at.origin + at.pathname + at.search + pairing.slice(pairing.indexOf("#"));
}
