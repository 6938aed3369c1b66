/**
 * The shapes of what a page reads; `fit` says what they mean.
 *
 * Made by `python scripts/protocol.py` from the Python classes: edit those.
 */
import { count, filled, maybe, member, partial } from "./fit";
import { ASKED, PHASES } from "./protocol";
import type * as P from "./protocol";

const phase = member(PHASES);
/** A field for another option cannot be drawn; `readTraits` leaves it out. */
const asked = member(ASKED);

export const OPTIONS: P.Options = {
  tunnel: "",
  region: "",
  ssh: false,
  desktop: false,
  user: "",
  address: "",
  server: "",
  server_key: "",
  identity: "",
  idle_timeout: 60,
  session_timeout: 0,
  mount_gdrive_to: "",
  mount_gdrive_from: "",
  geometry: "",
  depth: 24,
  vnc: "",
};

export const STEP: P.Step = {
  name: "",
  title: "",
  status: "pending",
  detail: "",
  progress: maybe(0),
  seconds: maybe(0),
};

export const OFFER: P.Offer = {
  title: "",
  options: partial(OPTIONS),
};

export const ERROR_INFO: P.ErrorInfo = {
  code: "",
  title: "",
  cause: "",
  remedy: "",
  link: "",
  field: "",
  copy: "",
  offers: [OFFER],
};

/** An error that says nothing is none. */
const error = filled(ERROR_INFO, "code", "title");

export const HOST: P.Host = {
  kind: "",
  name: "",
  gpu: "",
  root: false,
  notice: "",
  notice_link: "",
  secrets: "",
  drive: false,
};

export const CHOICE: P.Choice = {
  value: "",
  title: "",
};

export const ASKED_FIELD: P.AskedField = {
  name: asked,
  label: "",
  hint: "",
  placeholder: "",
  required: false,
  suggestions: [CHOICE],
};

export const METERED: P.Metered = {
  limits: "",
  month: 0,
  usage_url: "",
};

export const PROVIDER: P.Provider = {
  name: "",
  title: "",
  cost: "",
  hint: "",
  needs_token: false,
  token_url: "",
  token_secret: "",
  metered: maybe(METERED),
  regions: [CHOICE],
  region_hint: "",
  fields: [ASKED_FIELD],
};

export const ENDPOINT: P.Endpoint = {
  host: "",
  proxy: "",
  jump: "",
};

export const DESKTOP_STATE: P.DesktopState = {
  phase: phase,
  error: error,
};

export const TUNNEL_USE: P.TunnelUse = {
  connections: 0,
  bytes: maybe(0),
};

export const PRESENCE: P.Presence = {
  name: "",
  kind: "ssh",
  seconds: 0,
  idle: maybe(0),
  silent: 0,
  way: "",
  address: "",
  guest: "",
};

export const CLOSING: P.Closing = {
  reason: "idle",
  seconds: 0,
};

export const INVITATION: P.Invitation = {
  name: "",
  sees: "shell",
  typing: false,
  way: "",
  seconds: 0,
  present: false,
};

export const SNAPSHOT: P.Snapshot = {
  epoch: "",
  revision: 0,
  phase: phase,
  steps: [STEP],
  error: error,
  options: maybe(OPTIONS),
  endpoint: maybe(ENDPOINT),
  details_revision: count,
  log_end: count,
  elapsed: 0,
  desktop: DESKTOP_STATE,
  kept: false,
  token_kept: "",
  log_begin: 0,
  use: maybe(TUNNEL_USE),
  present: [PRESENCE],
  closing: maybe(CLOSING),
  invitations: [INVITATION],
};

export const CLIENT: P.Client = {
  name: "",
  ways: [CHOICE],
  link: "",
};

export const TOOL: P.Tool = {
  name: "",
  title: "",
  text: "",
  url: "",
  note: "",
};

export const SSH_DETAILS: P.SshDetails = {
  password: maybe(""),
  command: "",
  config: "",
  known_hosts: "",
  fingerprint: "",
  vscode_url: "",
  verified: false,
  verified_reason: "",
  folder: "",
  client: maybe(CLIENT),
  tools: [TOOL],
  notices: [""],
  rsa_fingerprint: "",
  pairing: maybe(""),
  attaching: maybe(""),
};

export const DESKTOP_DETAILS: P.DesktopDetails = {
  password: "",
  view_only_password: "",
  server: "",
  renderer: "",
  unused_gpu: "",
  forward_command: "",
  viewer_address: "",
  connection_files: { "colabwidget.tigervnc": "", "colabwidget.vnc": "" },
};

export const INVITATION_DETAILS: P.InvitationDetails = {
  name: "",
  command: "",
  password: maybe(""),
  viewer_address: "",
  viewer_password: maybe(""),
};

export const TUNNEL_DETAILS: P.TunnelDetails = {
  endpoint: ENDPOINT,
};

export const DETAILS: P.Details = {
  tunnel: TUNNEL_DETAILS,
  ssh: maybe(SSH_DETAILS),
  desktop: maybe(DESKTOP_DETAILS),
  invitations: [INVITATION_DETAILS],
};

export const LAST_REPLY: P.LastReply = {
  request: "",
  error: error,
};

export const KERNEL: P.Kernel = {
  place: "",
  began: 0,
};

export const ROOM: P.Room = {
  used: 0,
  total: 0,
};

export const GPU_LOAD: P.GpuLoad = {
  share: 0,
  memory: ROOM,
};

export const LOAD: P.Load = {
  cpu: maybe(0),
  memory: maybe(ROOM),
  disk: maybe(ROOM),
  gpus: [GPU_LOAD],
};

export const STATE_MESSAGE: P.StateMessage = {
  type: "state",
  serial: 0,
  state: SNAPSHOT,
  host: maybe(HOST),
  last_reply: maybe(LAST_REPLY),
  clicks_wait: false,
  report: "",
  inside: { desktop: maybe(false), terminal: maybe(false), files: maybe(false) },
  kernel: KERNEL,
  places: 0,
};

export const LOG_MESSAGE: P.LogMessage = {
  type: "log",
  serial: 0,
  epoch: "",
  from: count,
  count: count,
  end: count,
  text: "",
};

export const DETAILS_MESSAGE: P.DetailsMessage = {
  type: "details",
  serial: 0,
  view: "",
  epoch: "",
  revision: count,
  details: DETAILS,
};

export const BUSY_MESSAGE: P.BusyMessage = {
  type: "busy",
  serial: 0,
  pause: 0,
};

export const LOAD_MESSAGE: P.LoadMessage = {
  type: "load",
  serial: 0,
  load: LOAD,
};

export const SEALED_MESSAGE: P.SealedMessage = {
  type: "sealed",
  serial: 0,
  view: "",
  curve: "X25519",
  point: "",
};

export const CANNOT_SEAL_MESSAGE: P.CannotSealMessage = {
  type: "cannot_seal",
  serial: 0,
  view: "",
  curve: "",
  reason: "key",
};
