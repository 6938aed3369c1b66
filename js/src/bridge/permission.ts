/** What a browser says of connections from this page to the user's own computer. */

/** Chromium's names of it, the newest first. */
const NAMES = ["loopback-network", "local-network-access"];

/** Whether the browser was told to refuse them, or will ask; '' where it has no such permission. */
export async function localNetwork(): Promise<PermissionState | ""> {
  for (const name of NAMES) {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      // This browser calls it otherwise, or does not have it.
    }
  }
  return "";
}
