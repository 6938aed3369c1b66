/**
 * The messages between this page and the kernel, as far as the page reads them.
 *
 * Made by `python scripts/protocol.py` from the Python classes: edit those.
 */
import type { Choice, Options } from "./options";
export * from "./options";

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

/** The kinds of view that the card can show inside. */
export type Inside = "desktop" | "terminal" | "files";

export const PAIR_COMMAND = "python -m colabwidget through pair";
export const ATTACH_COMMAND = "python -m colabwidget attach";
export const SOFTWARE_OPENGL = "llvmpipe|softpipe|swrast";

/** A curve of a view's key. */
export const CURVES = ["X25519", "P-256"] as const;
export type Curve = (typeof CURVES)[number];

/** A named part of a session, with its progress. */
export interface Step {
  /** For programs and for people. */
  name: string;
  /** For programs and for people. */
  title: string;
  /** One of StepStatus. */
  status: Status;
  /** What is going on, in a few words. */
  detail: string;
  /** From 0 to 1; null where it cannot be told. */
  progress: number | null;
  /** How long it took; null until it has ended. */
  seconds: number | null;
}

/** Another way that is open after an error: options that can be set at once. */
export interface Offer {
  title: string;
  options: Partial<Options>;
}

/** An error as it travels to the page, the command line and the journal. */
export interface ErrorInfo {
  code: string;
  title: string;
  cause: string;
  remedy: string;
  link: string;
  field: string;
  copy: string;
  offers: Offer[];
}

/** The machine that the kernel runs on. */
export interface Host {
  /** Name of the module in colabwidget.hosts: "colab", "kaggle", "jupyterhub", "linux". */
  kind: string;
  /** The same for people. */
  name: string;
  /** Model of the first NVIDIA GPU; empty where there is none. */
  gpu: string;
  /** Whether this process may install packages and make accounts. */
  root: boolean;
  /** What the user must know before connecting, and where it is written. */
  notice: string;
  /** What the user must know before connecting, and where it is written. */
  notice_link: string;
  /** Where a token can be kept by name, for people. */
  secrets: string;
  /** Whether Google Drive can be mounted. */
  drive: boolean;
}

/** Host and port that a tunnel gives, and how a client gets there. */
export interface Endpoint {
  /** Where a client connects to. */
  host: string;
  /** Command that carries a client's connection, as OpenSSH's ProxyCommand; empty for TCP. */
  proxy: string;
  /** Host over which a client goes, as OpenSSH's ProxyJump: "user@host:port", or empty. */
  jump: string;
}

/** How far the desktop is; error is why its phase is "failed". */
export interface DesktopState {
  phase: Phase;
  error: ErrorInfo | null;
}

/** What has come through the tunnel in this session. */
export interface TunnelUse {
  connections: number;
  bytes: number | null;
}

/** An SSH connection that is signed in, a shell in a cell, or a view of the desktop in one. */
export interface Presence {
  name: string;
  kind: "ssh" | "terminal" | "desktop";
  seconds: number;
  idle: number | null;
  silent: number;
  way: string;
  address: string;
  guest: string;
}

/** What closes an open session next, and in how many seconds from the moment of sending. */
export interface Closing {
  reason: "idle" | "time";
  seconds: number;
}

/** An invitation that is open, without its secrets. */
export interface Invitation {
  name: string;
  sees: "shell" | "desktop";
  typing: boolean;
  way: string;
  seconds: number;
  present: boolean;
}

/** All that a client may know without asking for secrets. */
export interface Snapshot {
  /** Names one backend process; empty where none runs. */
  epoch: string;
  /** Grows with each change within an epoch. */
  revision: number;
  /** One of PHASES. */
  phase: Phase;
  /** The steps of the session. */
  steps: Step[];
  /** Why the phase is "failed"; else null. */
  error: ErrorInfo | null;
  /** What the session was asked for; null while there is none. */
  options: Options | null;
  /** {"host", "port"} once a tunnel is open. */
  endpoint: Endpoint | null;
  /** Grows when the details change; 0 while there are none. */
  details_revision: number;
  /** Number of lines in the journal. */
  log_end: number;
  /** Seconds since Connect, at the moment of sending. */
  elapsed: number;
  /** A desktop comes and goes while the session is connected, so it has a phase of its own. */
  desktop: DesktopState;
  /** After a failure: account, sshd and desktop still run, and Connect goes on with them. */
  kept: boolean;
  /** After a failure: the tunnel whose token is kept, for ten minutes at most; else empty. */
  token_kept: string;
  /** Number of the session's first line in the journal. */
  log_begin: number;
  /** What has come through a tunnel whose provider counts it; null for others. */
  use: TunnelUse | null;
  /** What is in: SSH connections, and shells and views of the desktop inside a notebook. */
  present: Presence[];
  /** What closes the session by itself; null while nothing does. */
  closing: Closing | null;
  /** Those that are open. */
  invitations: Invitation[];
}

/** A program that a client needs beside ssh; ways are how to get it, by system. */
export interface Client {
  name: string;
  ways: Choice[];
  link: string;
}

/** A program that goes the same way in. */
export interface Tool {
  name: string;
  title: string;
  text: string;
  url: string;
  note: string;
}

/** How to sign in with an SSH client. */
export interface SshDetails {
  /** null where a public key opens the account. */
  password: string | null;
  /** A command line for a terminal. */
  command: string;
  /** The same as a block for ~/.ssh/config. */
  config: string;
  /** The host keys as lines for ~/.ssh/known_hosts. */
  known_hosts: string;
  /** SHA-256 of the host key that ssh shows at the first connection. */
  fingerprint: string;
  /** A link that opens VS Code on the machine. */
  vscode_url: string;
  /** Whether a client has signed in through the tunnel's public endpoint, and met the host key. */
  verified: boolean;
  /** Why not, where it has not. */
  verified_reason: string;
  /** Where a session lands. */
  folder: string;
  /** The program that the user's computer needs beside ssh, if any. */
  client: Client | null;
  /** Other programs that go the same way in. */
  tools: Tool[];
  /** What does not work although clients get in; a sentence or two each. */
  notices: string[];
  /** SHA-256 of the RSA host key, for clients without ED25519; empty where there is none. */
  rsa_fingerprint: string;
  /** What a client pairs with, once and soon; null where none has to. */
  pairing: string | null;
  /**
   * What a computer attaches with, once and soon, so that ssh there knows the machine by name; null
   * where it pairs instead, or where there is none for now.
   */
  attaching: string | null;
}

/** How to see the desktop with a VNC viewer. */
export interface DesktopDetails {
  password: string;
  view_only_password: string;
  server: string;
  renderer: string;
  unused_gpu: string;
  /** Brings the VNC server's port to the viewer's machine, through SSH. */
  forward_command: string;
  /** What the viewer is then given. */
  viewer_address: string;
  /** Files that viewers open, by name; no password is in them. */
  connection_files: Record<"colabwidget.tigervnc" | "colabwidget.vnc", string>;
}

/** What the guest of an invitation needs. */
export interface InvitationDetails {
  /** Of the invitation. */
  name: string;
  /** A command line for a terminal. */
  command: string;
  /** Valid for one sign-in; null where a key opens it. */
  password: string | null;
  /** What a VNC viewer is then given; empty for a shell. */
  viewer_address: string;
  /** What the viewer asks for; null for a shell. */
  viewer_password: string | null;
}

/** Where the tunnel leads. */
export interface TunnelDetails {
  endpoint: Endpoint;
}

/** The details as they travel; see colabwidget.core.details.Details.as_dict. */
export interface Details {
  tunnel: TunnelDetails;
  ssh: SshDetails | null;
  desktop: DesktopDetails | null;
  invitations: InvitationDetails[];
}

/** The outcome of the last request; error is null for success. */
export interface LastReply {
  request: string;
  error: ErrorInfo | null;
}

/** Which kernel speaks. */
export interface Kernel {
  place: string;
  began: number;
}

/** Bytes of a memory or a disk. */
export interface Room {
  used: number;
  total: number;
}

/** How busy a graphics card is: a share of its time from 0 to 1, and its memory. */
export interface GpuLoad {
  share: number;
  memory: Room;
}

/** How busy a machine is, as far as it tells. */
export interface Load {
  /** Share from 0 to 1 of the processor time that this container or machine may use. */
  cpu: number | null;
  /** What is in use of the memory that it may use; what can be given back at once is free. */
  memory: Room | null;
  /** Of the file system with the notebook's folder. */
  disk: Room | null;
  /** Each graphics card. */
  gpus: GpuLoad[];
}

/** The state of the session, whole. */
export interface StateMessage {
  type: "state";
  serial: number;
  state: Snapshot;
  host: Host | null;
  last_reply: LastReply | null;
  clicks_wait: boolean;
  report: string;
  inside: Record<Inside, boolean | null>;
  kernel: Kernel;
  places: number;
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

/** The details of the connection, passwords among them, for one view. */
export interface DetailsMessage {
  type: "details";
  serial: number;
  view: string;
  epoch: string;
  revision: number;
  details: Details;
}

/** The kernel lives, and a cell keeps it from hearing its pages. */
export interface BusyMessage {
  type: "busy";
  serial: number;
  pause: number;
}

/** How busy the machine is, for pages that have asked. */
export interface LoadMessage {
  type: "load";
  serial: number;
  load: Load;
}

/** Another message, which only one view can read; see colabwidget.kernel.sealing. */
export interface SealedMessage {
  type: "sealed";
  serial: number;
  view: string;
  curve: Curve;
  point: string;
}

/** A view has asked with a key that cannot be used here. */
export interface CannotSealMessage {
  type: "cannot_seal";
  serial: number;
  view: string;
  curve: string;
  reason: "key" | "library";
}

export type KernelMessage =
  | StateMessage
  | LogMessage
  | DetailsMessage
  | BusyMessage
  | LoadMessage
  | SealedMessage
  | CannotSealMessage;

/** Fields that travel in a buffer beside the message, by its type. */
export const PRIVATE_FIELDS = {
  connect: ["token", "public_key"],
  invite: ["key"],
  details: ["details"],
} as const;
