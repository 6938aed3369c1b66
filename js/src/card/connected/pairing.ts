/** The pairing string, as it is good where this page is seen. */

/** Return the base_url of the notebook's server, where the page says it. */
function baseUrl(): string | null {
  const classic = document.body.dataset.baseUrl;
  if (classic) return classic;
  try {
    const config: unknown = JSON.parse(
      document.getElementById("jupyter-config-data")?.textContent ?? "null",
    );
    const base = (config as { baseUrl?: unknown } | null)?.baseUrl;
    return typeof base === "string" ? base : null;
  } catch {
    return null;
  }
}

/**
 * Return a pairing string with the server's address as this page reaches it.
 *
 * The machine knows its server by an address of its own, which may be one behind a proxy.
 */
export function seenFromHere(pairing: string): string {
  const base = baseUrl();
  if (base === null || !/^https?:$/.test(location.protocol)) return pairing;
  const at = new URL(base, location.href);
  return at.origin + at.pathname + pairing.slice(pairing.indexOf("#"));
}
