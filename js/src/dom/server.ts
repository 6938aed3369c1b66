/** The notebook's server, as its page tells of it. */

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
export function baseUrl(): string | null {
  const classic = document.body.dataset.baseUrl;
  if (classic) return classic;
  const base = (serverConfig() as { baseUrl?: unknown }).baseUrl;
  return typeof base === "string" ? base : null;
}
