import { plain } from "./ansi";
import type { ErrorInfo, Host, Snapshot } from "./protocol";
import { joined, took } from "./words";

const LAST_LINES = 60;

/** What a user can hand to somebody who helps: no secrets are in any of its parts. */
export function report(
  error: ErrorInfo,
  host: Host | null,
  snapshot: Snapshot | null | undefined,
  lines: readonly string[],
): string {
  const options = snapshot?.options;
  const last = lines.slice(-LAST_LINES).map(plain);
  const steps = snapshot?.steps.map(({ title, status, seconds, detail }) =>
    `  ${title}: ${status} ${seconds === null ? "" : took(seconds)} ${detail}`.trimEnd(),
  );
  return joined(
    "\n",
    `Remote access: ${error.title} (${error.code})`,
    error.cause,
    error.remedy,
    host && `Host: ${host.name} ${host.gpu} ${host.root ? "root" : "no root"}`,
    options && `Tunnel: ${options.tunnel} ${options.region}`,
    "Steps:",
    ...(steps ?? []),
    `Log, last ${last.length} of ${lines.length} lines:`,
    ...last,
  );
}
