/** Readers of untrusted data: whatever comes in, a value of the right shape or null comes out. */
import { ASKED, PHASES } from "./protocol";
import type * as P from "./protocol";

type Reader = (value: unknown) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/**
 * `value` in the shape of `like`; what is missing or of another type is taken from `like`.
 *
 * A list in `like` has one item, the shape of all; a function in it reads its own part.
 */
function fit<T>(like: T, value: unknown): T;
function fit(like: unknown, value: unknown): unknown {
  if (typeof like === "function") return (like as Reader)(value);
  if (Array.isArray(like)) {
    return Array.isArray(value) ? value.filter(isObject).map((each) => fit(like[0], each)) : [];
  }
  if (isObject(like)) {
    const from = isObject(value) ? value : {};
    return Object.fromEntries(
      Object.entries(like).map(([key, part]) => [key, fit(part, from[key])]),
    );
  }
  return typeof value === typeof like && (typeof value !== "number" || isFinite(value))
    ? value
    : like;
}

/** A reader in the place of what it reads. */
const by = <T>(read: (value: unknown) => T): T => read as unknown as T;

/** The shape of `like`, or null. */
const maybe = <T>(like: T): T | null =>
  by((value) =>
    typeof value === typeof like && value !== null ? fit<T | null>(like, value) : null,
  );

/** A whole number from 0. */
const count = by((value) => (value as number) >>> 0);

const OPTIONS: P.Options = {
  tunnel: "",
  region: "",
  ssh: false,
  desktop: false,
  user: "",
  address: "",
  server: "",
  server_key: "",
  identity: "",
  mount_gdrive_to: "",
  mount_gdrive_from: "",
  geometry: "",
  depth: 24,
  vnc: "",
};
const SETTINGS: P.Settings = { ...OPTIONS, token_secret: "" };

/** Those options that there are, and of the right kind. */
const some = by((value): Partial<P.Options> => {
  const known = Object.entries(OPTIONS).filter(
    ([name, like]) => isObject(value) && typeof value[name] === typeof like,
  );
  return fit(Object.fromEntries(known), value);
});

const offers: P.Offer[] = [{ title: "", options: some }];
export const NO_ERROR: P.ErrorInfo = {
  code: "",
  title: "",
  cause: "",
  remedy: "",
  link: "",
  field: "",
  copy: "",
  offers: [],
};
const error = by((value): P.ErrorInfo | null => {
  const read = fit({ ...NO_ERROR, offers }, value);
  return read.code || read.title ? read : null;
});

const phase = by((value) => PHASES.find((each) => each === value) as P.Phase);

const HOST: P.Host = {
  kind: "",
  name: "",
  gpu: "",
  root: false,
  notice: "",
  notice_link: "",
  secrets: "",
  drive: false,
};
const STEP: P.Step = {
  name: "",
  title: "",
  status: "pending",
  detail: "",
  progress: maybe(0),
  seconds: maybe(0),
};
const CHOICES: P.Choice[] = [{ value: "", title: "" }];
const FIELDS: P.AskedField[] = [
  {
    name: "" as P.Asked,
    label: "",
    hint: "",
    placeholder: "",
    required: false,
    suggestions: CHOICES,
  },
];
const PROVIDERS: P.Provider[] = [
  {
    name: "",
    title: "",
    hint: "",
    needs_token: false,
    token_url: "",
    token_secret: "",
    regions: CHOICES,
    fields: by((value) => fit(FIELDS, value).filter(({ name }) => ASKED.includes(name))),
  },
];
const ENDPOINT: P.Endpoint = { host: "", proxy: "", jump: "" };
const STATE: P.StateMessage = {
  type: "state",
  serial: 0,
  state: {
    epoch: "",
    revision: 0,
    phase,
    steps: [STEP],
    error,
    options: maybe(OPTIONS),
    desktop: { phase, error },
    endpoint: maybe(ENDPOINT),
    details_revision: count,
    log_end: count,
    elapsed: 0,
    kept: false,
  },
  host: maybe(HOST),
  last_reply: maybe({ request: "", error }),
  clicks_wait: false,
  report: "",
  inside: { desktop: maybe(false), terminal: maybe(false) },
};
const LOG: P.LogMessage = {
  type: "log",
  serial: 0,
  epoch: "",
  from: count,
  count,
  end: count,
  text: "",
};
const DETAILS: P.DetailsMessage = {
  type: "details",
  serial: 0,
  epoch: "",
  revision: count,
  details: {
    tunnel: { endpoint: ENDPOINT },
    ssh: maybe({
      password: maybe(""),
      command: "",
      config: "",
      known_hosts: "",
      fingerprint: "",
      vscode_url: "",
      verified: false,
      verified_reason: "",
      client: maybe({ name: "", ways: CHOICES, link: "" }),
      tools: [{ name: "", title: "", text: "", url: "", note: "" }],
      folder: "",
    }),
    desktop: maybe({
      password: "",
      view_only_password: "",
      forward_command: "",
      viewer_address: "",
      server: "",
      renderer: "",
      connection_files: { "colabwidget.tigervnc": "", "colabwidget.vnc": "" },
    }),
  },
};

const TRAITS = { ...SETTINGS, providers: PROVIDERS, host: maybe(HOST) };
export const TRAIT_NAMES = Object.keys(TRAITS);

/** The traits that the page looks at. */
export function readTraits(get: (name: string) => unknown) {
  const values = Object.fromEntries(TRAIT_NAMES.map((name) => [name, get(name)]));
  const { providers, host, ...options } = fit(TRAITS, values);
  return { options, providers, host };
}

/** The message in `content`, or null where it is none of ours. */
export function readMessage(content: unknown): P.KernelMessage | null {
  if (!isObject(content) || typeof content.serial !== "number") return null;
  if (content.type === "state") {
    const message = fit(STATE, content);
    return message.state.phase && message;
  }
  if (content.type === "log") return fit(LOG, content);
  return content.type === "details" && isObject(content.details) ? fit(DETAILS, content) : null;
}
