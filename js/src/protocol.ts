/** What travels between this page and the kernel, as far as the page looks at it. */

export const PHASES = [
  "idle",
  "working",
  "connected",
  "reconnecting",
  "failed",
  "closing",
] as const;
export type Phase = (typeof PHASES)[number];

export const STATUSES = ["pending", "running", "done", "skipped", "failed", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

export interface Step {
  name: string;
  title: string;
  status: Status;
  detail: string;
  /** 0 to 1, or null where it is not known. */
  progress: number | null;
  seconds: number | null;
}

export interface ErrorInfo {
  code: string;
  /** What happened. */
  title: string;
  /** Why. */
  cause: string;
  /** What to do. */
  remedy: string;
  link: string;
  /** The form field that it is about, or ''. */
  field: string;
}

export interface Host {
  name: string;
  gpu: string;
  root: boolean;
  notice: string;
  notice_link: string;
}

export interface Region {
  value: string;
  title: string;
}

export interface Provider {
  name: string;
  title: string;
  needs_token: boolean;
  token_url: string;
  regions: Region[];
  hint: string;
}

export interface Options {
  tunnel: string;
  region: string;
  ssh: boolean;
  desktop: boolean;
  user: string;
  geometry: string;
  depth: number;
  vnc: string;
}

export interface Snapshot {
  /** One backend process; '' where there is none. */
  epoch: string;
  revision: number;
  phase: Phase;
  steps: Step[];
  error: ErrorInfo | null;
  options: Options | null;
  /** It comes and goes while the session is connected. */
  desktop: { phase: Phase; error: ErrorInfo | null };
  endpoint: { host: string } | null;
  /** 0 where there are no details. */
  details_revision: number;
  log_end: number;
  /** Seconds since Connect when the message was sent. */
  elapsed: number;
  /** It failed, and the SSH server and the desktop still run. */
  kept: boolean;
}

export interface SshDetails {
  /** null where only the public key opens the door. */
  password: string | null;
  command: string;
  config: string;
  known_hosts: string;
  fingerprint: string;
  vscode_url: string;
  verified: boolean;
  verified_reason: string;
}

export interface DesktopDetails {
  password: string;
  view_only_password: string;
  forward_command: string;
  viewer_address: string;
  server: string;
  renderer: string;
  /** What viewers open, by file name. */
  connection_files: Record<"colabwidget.tigervnc" | "colabwidget.vnc", string>;
}

export interface Details {
  ssh: SshDetails | null;
  desktop: DesktopDetails | null;
}

export interface StateMessage {
  type: "state";
  serial: number;
  state: Snapshot;
  host: Host | null;
  last_reply: { request: string; error: ErrorInfo | null } | null;
  clicks_wait: boolean;
  /** What a user can hand to somebody who helps; '' where nothing failed. */
  report: string;
}

export interface LogMessage {
  type: "log";
  serial: number;
  epoch: string;
  from: number;
  count: number;
  end: number;
  text: string;
}

export interface DetailsMessage {
  type: "details";
  serial: number;
  epoch: string;
  revision: number;
  details: Details;
}

/** The second half of this front end. */
export interface PartMessage {
  type: "part";
  serial: number;
  hash: string;
  text: string;
}

export type KernelMessage = StateMessage | LogMessage | DetailsMessage | PartMessage;

export type PageMessage =
  | { type: "ready"; view: string; serial: number }
  | { type: "connect"; request: string; token: string; public_key: string; options: Options }
  | { type: "cancel"; request: string }
  | { type: "disconnect"; request: string; force: boolean }
  | { type: "desktop"; request: string; on: boolean; options: Options }
  | { type: "restart"; request: string }
  | { type: "reveal" }
  | { type: "part"; hash: string }
  | { type: "log_since"; epoch: string; from: number }
  | { type: "seen"; view: string; serial: number; log: number };
