/** What a browser says of connections from this page to the user's own computer. */

/** Chromium's names of it, the newest first. */
const NAMES = ["loopback-network", "local-network-access"];

/** Hosts of this computer: their pages need no permission, whatever is said of it. */
const OWN = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Whether the browser was told to refuse them, or will ask; '' where it needs no permission. */
export async function localNetwork(): Promise<PermissionState | ""> {
  if (OWN.test(location.hostname)) return "";
  for (const name of NAMES) {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      // This browser calls it otherwise, or does not have it.
    }
  }
  return "";
}
