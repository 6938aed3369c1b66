/** The pairing string, as it is good where this page is seen. */

/** Return what a page of JupyterLab or Notebook says of its server; empty where it says nothing. */
export function serverConfig(): object {
  try {
    const config: unknown = JSON.parse(
      document.getElementById("jupyter-config-data")?.textContent ?? "null",
    );
    return Object(config) as object;
  } catch {
    return {};
  }
}

/** Return the base_url of the notebook's server, where the page says it. */
function baseUrl(): string | null {
  const classic = document.body.dataset.baseUrl;
  if (classic) return classic;
  const base = (serverConfig() as { baseUrl?: unknown }).baseUrl;
  return typeof base === "string" ? base : null;
}

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
