/** The messages between this page and the kernel, as far as the page reads them. */

/** The tunnel that is none: nothing is opened to the outside. */
export const NO_TUNNEL = "none";

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

/** Another way that is open after an error: options that can be set at once. */
export interface Offer {
  title: string;
  options: Partial<Options>;
}

export interface ErrorInfo {
  code: string;
  /** The failure, in one sentence. */
  title: string;
  /** Why. */
  cause: string;
  /** The next step. */
  remedy: string;
  link: string;
  /** The form field that it is about, or ''. */
  field: string;
  /** A text that the remedy needs, such as a line for a file, or ''. */
  copy: string;
  offers: Offer[];
}

export interface Host {
  kind: string;
  name: string;
  gpu: string;
  root: boolean;
  notice: string;
  notice_link: string;
  /** The store from which a token can be read by its name, in words: "Colab's secrets". */
  secrets: string;
  /** Whether Google Drive can be mounted. */
  drive: boolean;
}

export interface Choice {
  value: string;
  title: string;
}

/** The options that a tunnel can ask for. */
export const ASKED = ["server", "server_key", "identity", "address"] as const;
export type Asked = (typeof ASKED)[number];

export interface AskedField {
  name: Asked;
  label: string;
  hint: string;
  placeholder: string;
  required: boolean;
  suggestions: Choice[];
}

export interface Provider {
  name: string;
  title: string;
  hint: string;
  needs_token: boolean;
  token_url: string;
  /** The name under which people keep its token, or ''. */
  token_secret: string;
  regions: Choice[];
  fields: AskedField[];
}

export interface Options extends Record<Asked, string> {
  tunnel: string;
  region: string;
  ssh: boolean;
  desktop: boolean;
  user: string;
  mount_gdrive_to: string;
  mount_gdrive_from: string;
  geometry: string;
  depth: number;
  vnc: string;
}

/** The values of the form: the options, and how the token is given. */
export interface Settings extends Options {
  /** The name of the secret that holds the token; '' where it is pasted. */
  token_secret: string;
}

export interface Endpoint {
  host: string;
  /** The program that carries a client's connection, or ''. */
  proxy: string;
  /** The host over which a client goes, or ''. */
  jump: string;
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
  endpoint: Endpoint | null;
  /** 0 where there are no details. */
  details_revision: number;
  log_end: number;
  /** Seconds since Connect when the message was sent. */
  elapsed: number;
  /** It failed, and the SSH server and the desktop still run. */
  kept: boolean;
}

/** A program that a client needs beside ssh; `ways` are how to install it, by system. */
export interface Client {
  name: string;
  ways: Choice[];
  link: string;
}

/** Another program that goes the same way in. */
export interface Tool {
  name: string;
  title: string;
  /** The text to copy, or ''. */
  text: string;
  /** The link that opens it, or ''. */
  url: string;
  note: string;
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
  client: Client | null;
  tools: Tool[];
  /** Where a session lands, or ''. */
  folder: string;
}

export interface DesktopDetails {
  password: string;
  view_only_password: string;
  forward_command: string;
  viewer_address: string;
  server: string;
  renderer: string;
  /** Connection files for viewers, by file name. */
  connection_files: Record<"colabwidget.tigervnc" | "colabwidget.vnc", string>;
}

export interface Details {
  tunnel: { endpoint: Endpoint };
  ssh: SshDetails | null;
  desktop: DesktopDetails | null;
}

/** The kinds of view that the card can show inside. */
export type Inside = "desktop" | "terminal";

export interface StateMessage {
  type: "state";
  serial: number;
  state: Snapshot;
  host: Host | null;
  last_reply: { request: string; error: ErrorInfo | null } | null;
  clicks_wait: boolean;
  /** The report for a bug report; '' where nothing failed. */
  report: string;
  /** The views that were opened inside the card, or closed there. */
  inside: Record<Inside, boolean | null>;
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

export type KernelMessage = StateMessage | LogMessage | DetailsMessage;

export type PageMessage =
  | { type: "ready"; view: string; serial: number }
  | {
      type: "connect";
      request: string;
      token: string;
      token_secret: string;
      public_key: string;
      options: Options;
    }
  | { type: "cancel"; request: string }
  | { type: "disconnect"; request: string; force: boolean }
  | { type: "desktop"; request: string; on: boolean; options: Options }
  | { type: "restart"; request: string }
  | { type: "show"; kind: Inside; on: boolean }
  | { type: "reveal" }
  | { type: "log_since"; epoch: string; from: number }
  | { type: "seen"; view: string; serial: number; log: number };
